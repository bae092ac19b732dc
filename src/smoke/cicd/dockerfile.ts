/** One instruction of a container file, with its continuation lines joined. */
export interface Instruction {
  /** From 1. */
  readonly line: number;
  /** In capitals. */
  readonly name: string;
  readonly value: string;
}

/** The instructions of a container file. Comments, also between continued lines, are left out. */
export function parseDockerfile(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let open: { line: number; text: string } | null = null;
  let heredoc: string | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    if (heredoc !== null) {
      if (raw.trim() === heredoc) heredoc = null;
      continue;
    }
    const line = raw.trim();
    if (line.startsWith('#') || (line === '' && open === null)) continue;
    const joined: { line: number; text: string } = {
      line: open?.line ?? index + 1,
      text: `${open?.text ?? ''}${line.replace(/\\$/, '')}`,
    };
    open = line.endsWith('\\') ? { ...joined, text: `${joined.text} ` } : null;
    if (open !== null) continue;
    const match = /^(\w+)\s+(.*)$/s.exec(joined.text);
    if (match === null) continue;
    instructions.push({
      line: joined.line,
      name: (match[1] ?? '').toUpperCase(),
      value: (match[2] ?? '').trim(),
    });
    heredoc = /<<-?["']?(\w+)["']?/.exec(joined.text)?.[1] ?? null;
  }
  return instructions;
}

/** A build stage: its `FROM` and what follows up to the next. */
export interface Stage {
  readonly image: string;
  readonly name: string | null;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  const given = argumentsOf(instructions.slice(0, starts[0]));
  return starts.map((start, index) => {
    const { line = 0, value = '' } = instructions[start] ?? {};
    const [from = '', , name = null] = value.replaceAll(/--\S+\s+/g, '').split(/\s+/);
    const image = from.replaceAll(/\$\{?(\w+)\}?/g, (text, key: string) => given.get(key) ?? text);
    return { image, name, line, instructions: instructions.slice(start + 1, starts[index + 1]) };
  });
}

/** Build arguments before the first `FROM`, with their defaults. */
function argumentsOf(instructions: readonly Instruction[]): ReadonlyMap<string, string> {
  return new Map(
    instructions.flatMap(({ name, value }) => {
      const [, key = '', given = ''] = /^(\w+)=(\S+)$/.exec(value) ?? [];
      return name === 'ARG' && key !== '' ? [[key, given] as const] : [];
    }),
  );
}

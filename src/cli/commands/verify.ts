import { Option, type Command } from 'commander';
import { NcfdError } from '../../contracts/errors';
import type { ExportVerdict } from '../../verify/export';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';
import { grouped, ProgressLine } from '../progress';
import { findingsText, refuseFindings } from '../render/findings';

const HELP = `
Works on a machine without database or server, with nothing but the folder and the public key.
Checked are the signature, the digest of every file, the arithmetic of every audit record bit for
bit, and every file made again from the evidence. Exit code 5 names what differs: file, line, trial.

Examples:
  $ ncfd publication export ./out
  $ ncfd verify ./out --public-key signing-key.pem.pub
  $ ncfd verify ./out --allow-unsigned --output json | jq .differences`;

interface VerifyOptions {
  readonly publicKey?: string;
  readonly allowUnsigned?: boolean;
  readonly output: OutputFormat;
}

/** `ncfd verify`: an exported publication by itself. */
export function addVerify(program: Command, io: CliIo): void {
  const command = program
    .command('verify')
    .description('verify an exported publication offline')
    .argument('<folder>', 'folder that `publication export` wrote')
    .option('--public-key <file>', 'public half of the key that signed it')
    .addOption(new Option('--allow-unsigned', 'accept a publication that nobody signed'))
    .addHelpText('after', HELP);
  addOutputOption(command).action(async (folder: string, options: VerifyOptions) => {
    if (options.publicKey === undefined && options.allowUnsigned !== true) {
      throw new NcfdError('BadUsage', 'no public key was given', {
        hint: 'Add --public-key FILE, or --allow-unsigned for a publication without signature.',
      });
    }
    const { verifyExport } = await import('../../verify/export.js');
    const { codeVersion } = await import('../../config/code-version.js');
    const { readPublicKey } = await import('../../config/signing-key.js');
    const { publicKey, allowUnsigned = false } = options;
    const line = new ProgressLine(io);
    const verdict = await verifyExport(folder, {
      publicKey: publicKey === undefined ? null : readPublicKey(publicKey),
      allowUnsigned,
      codeVersion: codeVersion(),
      onProgress: (trials) => line.show(`verified ${grouped(trials)} trials`),
    });
    line.end();
    await io.out(await renderObject(verdictObject(verdict), verdictText(verdict), options.output));
    refuseFindings(verdict.findings, folder);
  });
}

const verdictObject = ({ findings, ...verdict }: ExportVerdict) => ({
  ...verdict,
  differenceCount: findings.count,
  differences: findings.listed,
});

function verdictText({ publication, signed, trials, recomputed, findings }: ExportVerdict): string {
  const lines = [
    `publication ${publication}`,
    `signature   ${signed}`,
    `trials      ${grouped(trials)}`,
    `made again  ${recomputed ? 'gates, scores and files' : 'no: other code or Node made it'}`,
  ];
  return [...lines, ...findingsText(findings)].join('\n');
}

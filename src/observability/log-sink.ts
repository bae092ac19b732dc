/** Where log lines go. Writing never waits and never throws: a run must not feel its log. */
export interface LogSink {
  /** One line with its end. */
  write(line: string): void;
  /** Resolves when what was written has left, or could not. */
  close(): Promise<void>;
}

/** Standard output or standard error. */
export const streamSink = (stream: NodeJS.WritableStream): LogSink => ({
  write: (line) => void stream.write(line),
  close: async () => {},
});

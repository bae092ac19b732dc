import { NcfdError } from '../../contracts/errors';

/** A credential that is not good. */
export const refused = (why: string, cause?: unknown): NcfdError =>
  new NcfdError('Unauthenticated', `the credential is refused: ${why}`, {
    hint: 'Send `Authorization: Bearer` with a key of `ncfd api-key create` or a token of the issuer.',
    cause,
  });

/** Tells how long to wait. */
export class TooManyRequests extends NcfdError {
  constructor(readonly retrySeconds: number) {
    super('TooManyRequests', 'too many requests', {
      hint: `Ask again in ${retrySeconds} s.`,
      retryable: true,
    });
  }
}

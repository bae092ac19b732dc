/** Characters of JSON above which a payload is reported; tests refuse it. Results aim at 1 KB. */
export const PAYLOAD_WARNING = 64 * 1_024;

/** Characters of JSON above which a payload is refused: half of the server's 2 MiB. */
export const PAYLOAD_LIMIT = 1_024 * 1_024;

/** One reason why a document, or a part of it, was refused; or a warning about it. */
export interface DocumentProblem {
  /** JSON Pointer (RFC 6901) into the document. */
  readonly pointer: string;
  readonly code: string;
  /** One English sentence. */
  readonly message: string;
}

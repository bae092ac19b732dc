/** Control characters, and those that turn the reading direction. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g;

/** One line of text for a terminal: a record must not steer it. */
export const printable = (text: string): string => text.replace(UNSEEN, ' ');

/** Cookie that holds the key of who is signed in; scripts cannot read it, and it only reads. */
export const KEY_COOKIE = 'ncfd_key';

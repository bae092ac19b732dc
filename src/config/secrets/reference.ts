/** Where a secret is kept, as written in place of its value. */
export type SecretReference =
  | { readonly scheme: 'env'; readonly text: string; readonly variable: string }
  | { readonly scheme: 'file'; readonly text: string; readonly path: string }
  | {
      readonly scheme: 'vault';
      readonly text: string;
      /** Mount of a KV version 2 engine, path below it, key of the secret. */
      readonly mount: string;
      readonly path: string;
      readonly key: string;
    }
  | {
      readonly scheme: 'aws-sm';
      readonly text: string;
      readonly id: string;
      /** Member of the JSON object that the secret is; null takes the whole text. */
      readonly key: string | null;
    };

const SCHEME = /^(?:env|file|vault|aws-sm):/;
const ENV = /^env:([A-Za-z_]\w{0,199})$/;
const FILE = /^file:([^\0]{1,4096})$/;
const VAULT = /^vault:([\w.-]{1,100})\/([\w./-]{1,400})#([\w.-]{1,100})$/;
const AWS = /^aws-sm:([\w/+=.@:-]{1,512})(?:#([\w.-]{1,100}))?$/;

export const REFERENCE_FORMS =
  'env:NAME, file:PATH, vault:MOUNT/PATH#KEY, aws-sm:ID or aws-sm:ID#KEY';

/** Whether a value is meant as a reference, well-formed or not. */
export const isReference = (value: string): boolean => SCHEME.test(value);

/** The reference that a value is; null when it has none of the forms. */
export function parseReference(text: string): SecretReference | null {
  const env = ENV.exec(text);
  if (env?.[1] !== undefined) return { scheme: 'env', text, variable: env[1] };
  const file = FILE.exec(text);
  if (file?.[1] !== undefined) return { scheme: 'file', text, path: file[1] };
  const [, mount, below, key] = VAULT.exec(text) ?? [];
  if (mount !== undefined && below !== undefined && key !== undefined) {
    const climbs = below.split('/').some((part) => part === '' || part === '.' || part === '..');
    return climbs ? null : { scheme: 'vault', text, mount, path: below, key };
  }
  const aws = AWS.exec(text);
  if (aws?.[1] !== undefined) return { scheme: 'aws-sm', text, id: aws[1], key: aws[2] ?? null };
  return null;
}

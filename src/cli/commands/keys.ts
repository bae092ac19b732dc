import { createPublicKey } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { NcfdError } from '../../contracts/errors';
import type { CliIo } from '../io';
import { addOutputOption, renderObject, type OutputFormat } from '../output';

const HELP = `
Publications are signed when NCFD_SIGNING_KEY_FILE names a private key (the worker reads it). Give
the public half to those who verify. \`ncfd dev\` makes a pair of its own.

Examples:
  $ ncfd keys generate signing-key.pem            writes signing-key.pem and signing-key.pem.pub
  $ NCFD_SIGNING_KEY_FILE=signing-key.pem ncfd worker
  $ ncfd verify ./out --public-key signing-key.pem.pub`;

interface GenerateOptions {
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** `ncfd keys generate`. */
export function addKeys(program: Command, io: CliIo): void {
  const group = program
    .command('keys')
    .description('make the key pair that signs publications')
    .addHelpText('after', HELP);
  const generate = group
    .command('generate')
    .description('write an Ed25519 private key, and its public half beside it')
    .argument('<file>', 'file of the private key; an existing file is left alone')
    .option('--dry-run', 'say what would be written');
  addOutputOption(generate).action(async (file: string, options: GenerateOptions) => {
    const { generateSigningKey } = await import('../../config/signing-key.js');
    const { keyIdOf } = await import('../../report/signature.js');
    const publicFile = `${file}.pub`;
    const taken = [file, publicFile].find((name) => existsSync(name));
    if (taken !== undefined) {
      throw new NcfdError('BadUsage', `${taken} exists and was left as it is`, {
        hint: 'A lost key cannot be made again: choose another file.',
      });
    }
    if (options.dryRun === true) {
      await io.out(await renderObject({ file, publicFile }, `would write ${file}`, options.output));
      return;
    }
    const { privatePem, publicPem } = generateSigningKey();
    writeFileSync(file, privatePem, { mode: 0o600, flag: 'wx' });
    writeFileSync(publicFile, publicPem, { flag: 'wx' });
    const keyId = keyIdOf(createPublicKey(publicPem));
    const text = `wrote ${file} (keep it secret) and ${publicFile}, key id ${keyId}`;
    await io.out(await renderObject({ file, publicFile, keyId }, text, options.output));
  });
}

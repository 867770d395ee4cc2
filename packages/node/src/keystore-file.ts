/**
 * Keystores and passwords on disk. Files are created with mode 0600 and never overwritten: a lost
 * validator key cannot be made again.
 */
import { open, readFile, stat } from 'node:fs/promises'
import { type Signer, VecheError } from '@veche/primitives'
import { openKeystore } from './keystore.ts'
import type { Keystore } from './keystore-codec.ts'
import { KEYSTORE_BYTES_MAX, PASSWORD_BYTES_MAX } from './limits.ts'

/**
 * Writes text that only the owner may read (mode 0600) and fsyncs it.
 * Throws `FILE_EXISTS` when the path is taken, `FILE_UNWRITABLE` for any other failure.
 */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw exists
      ? new VecheError('FILE_EXISTS', `${path} exists and is not overwritten`, { cause })
      : new VecheError('FILE_UNWRITABLE', `cannot write ${path}`, { cause })
  }
}

/** Writes a keystore file (see {@link writeSecretFile}). */
export function writeKeystoreFile(path: string, keystore: Keystore): Promise<void> {
  return writeSecretFile(path, `${JSON.stringify(keystore, undefined, 2)}\n`)
}

async function readBounded(path: string, bytesMax: number, what: string): Promise<string> {
  let text: string
  let size: number
  try {
    size = (await stat(path)).size
    text = size > bytesMax ? '' : await readFile(path, 'utf8')
  } catch (cause) {
    throw new VecheError('FILE_UNREADABLE', `cannot read the ${what} ${path}`, { cause })
  }
  if (size > bytesMax)
    throw new VecheError(
      'FILE_UNREADABLE',
      `${what} of at most ${bytesMax} bytes expected at ${path}, got ${size}`,
    )
  return text
}

/** The password in a file: its first line, without the line end. Throws `FILE_UNREADABLE`. */
export async function readPasswordFile(path: string): Promise<string> {
  const text = await readBounded(path, PASSWORD_BYTES_MAX, 'password file')
  return text.split(/\r?\n/, 1)[0] as string
}

/**
 * The parsed JSON of a keystore file. Throws `FILE_UNREADABLE`, `KEYSTORE_INVALID` when not JSON.
 */
export async function readKeystoreFile(path: string): Promise<unknown> {
  const text = await readBounded(path, KEYSTORE_BYTES_MAX, 'keystore')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new VecheError('KEYSTORE_INVALID', `JSON expected in the keystore ${path}`, { cause })
  }
}

/** Opens a keystore file with the password in another file. Errors as {@link openKeystore}. */
export async function openKeystoreFile(path: string, passwordFile: string): Promise<Signer> {
  return openKeystore(await readKeystoreFile(path), await readPasswordFile(passwordFile))
}

/**
 * Contents that are about to be issued, one JSON a line, written and synced before anything is
 * signed: the chain holds only hashes, and a salt that is lost makes a document unprovable.
 */
import { open, readFile, rm } from 'node:fs/promises'
import { type DocumentContent, decodeDocumentContent } from '@veche/contracts'
import { VecheError } from '@veche/primitives'

/** Writes a new draft for its owner (mode 0600). Throws `FILE_EXISTS`. */
export async function writeDraft(
  path: string,
  contents: readonly DocumentContent[],
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    const message = `${path} holds an issue that was broken off: go on with --draft, or remove it`
    throw new VecheError('FILE_EXISTS', message, { cause })
  })
  try {
    await file.writeFile(contents.map((one) => `${JSON.stringify(one)}\n`).join(''))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Throws `FILE_UNREADABLE`, `DOCUMENT_MALFORMED` with the line. */
export async function readDraft(path: string): Promise<DocumentContent[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VecheError('FILE_UNREADABLE', `cannot read ${path}`, { cause })
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      const content = decodeDocumentContent(parsed(line))
      if (content.ok) return content.value
      throw new VecheError(content.code, `${path}, line ${i + 1}: ${content.reason}`)
    })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // not JSON: no content, and the decoder says so
    return undefined
  }
}

/** The documents have their own files now. */
export async function removeDraft(path: string): Promise<void> {
  await rm(path, { force: true })
}

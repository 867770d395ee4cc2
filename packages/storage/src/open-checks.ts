/** What must hold of a store before a node trusts it: same chain, known schema, a whole head. */
import { blockHash, EMPTY_TRIE_ROOT, type Hash, VecheError } from '@veche/primitives'
import type { ChainReader } from './chain-reader.ts'
import type { Genesis } from './genesis.ts'
import { SCHEMA_VERSION } from './keys.ts'
import { corrupt } from './level-errors.ts'
import { OPEN_CHECK_HEADERS } from './limits.ts'
import type { Head, Meta } from './value-codec.ts'

/**
 * Throws `SCHEMA_UNKNOWN` or `GENESIS_MISMATCH` when the store is not the one that is asked for.
 */
export function checkMeta(path: string, meta: Meta, genesis: Genesis): void {
  if (meta.schemaVersion !== SCHEMA_VERSION)
    throw new VecheError(
      'SCHEMA_UNKNOWN',
      `${path}: layout ${SCHEMA_VERSION} expected, got ${meta.schemaVersion}: use the release that wrote it`,
      { facts: { path, expected: SCHEMA_VERSION, got: meta.schemaVersion } },
    )
  if (meta.genesisHash !== genesis.hash || meta.chainId !== genesis.chainId)
    throw new VecheError(
      'GENESIS_MISMATCH',
      `${path}: chain ${genesis.chainId} with genesis ${genesis.hash} expected, ` +
        `got chain ${meta.chainId} with genesis ${meta.genesisHash}`,
      {
        facts: {
          path,
          expected: genesis.hash,
          got: meta.genesisHash,
          expectedChainId: genesis.chainId,
          gotChainId: meta.chainId,
        },
      },
    )
}

function findHeadFault(reader: ChainReader, head: Head): string | undefined {
  const header = reader.header(head.number)
  if (header === undefined) return `header ${head.number} is missing`
  if (blockHash(header) !== head.hash) return `header ${head.number} has another hash`
  if (reader.numberOf(head.hash) !== head.number) return `index of block ${head.number} is wrong`
  const body = reader.body(head.number)
  if (body === undefined) return `body ${head.number} is missing`
  if (reader.receipts(head.number)?.length !== body.length)
    return `receipts ${head.number} are missing`
  if (reader.validatorsAfterNext(head.number) === undefined)
    return `validators after ${head.number} are missing`
  const { stateRoot } = header
  if (stateRoot !== EMPTY_TRIE_ROOT && reader.trieNode(stateRoot) === undefined)
    return `state root ${stateRoot} is missing`
  return findChainFault(reader, head)
}

/** The newest headers must link: a batch lost from the middle shows here. */
function findChainFault(reader: ChainReader, head: Head): string | undefined {
  let expected: Hash = head.hash
  const last = Math.max(0, head.number - OPEN_CHECK_HEADERS)
  for (let number = head.number; number >= last; number--) {
    const header = reader.header(number)
    if (header === undefined) return `header ${number} is missing`
    if (blockHash(header) !== expected) return `header ${number} is not the parent of ${number + 1}`
    expected = header.parentHash
  }
  return undefined
}

/** Throws `DATABASE_CORRUPT` when the head block or its links are not whole. */
export function checkHead(path: string, reader: ChainReader, markedHead: number): Head {
  const head = reader.storedHead()
  if (head === undefined) throw corrupt(path, 'the head is missing')
  if (head.number < markedHead)
    throw corrupt(path, `head ${markedHead} was durable, got ${head.number}`, {
      facts: { expected: markedHead, got: head.number },
    })
  const fault = findHeadFault(reader, head)
  if (fault !== undefined) throw corrupt(path, fault, { facts: { head: head.number } })
  return head
}

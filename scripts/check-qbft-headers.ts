/**
 * Judges an exported chain by the rules of the EEA QBFT specification and of Besu's QBFT header
 * validation alone (docs/third-party.md lists them). It shares no code with the chain: RLP is the
 * `rlp` library, keccak and secp256k1 are noble's, and every rule is written here again. Used as
 * `node scripts/check-qbft-headers.ts CHAIN.rlp [BESU-GENESIS.json]`.
 */
import { readFileSync } from 'node:fs'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { RLP } from 'rlp'

type Item = Uint8Array | Item[]

interface Header {
  readonly fields: readonly Uint8Array[]
  readonly number: number
  readonly time: number
  readonly gasLimit: number
  readonly gasUsed: number
  readonly validators: readonly string[]
  readonly round: number
  readonly seals: readonly Uint8Array[]
  /** RLP of extraData with another round and no seals */
  readonly extraWith: (round: Uint8Array) => Uint8Array
}

interface Summary {
  blocks: number
  transactions: number
  seals: number
  /** blocks decided in a round above 0 */
  laterRounds: number
  problems: string[]
}

const PARENT = 0
const OMMERS = 1
const COINBASE = 2
const EXTRA = 12
const MIX = 13
const FIELDS_BERLIN = 15
const MIX_HASH = '63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365'
const NO_OMMERS = '1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const hash = (item: Item): string => hex(keccak_256(RLP.encode(item)))

function scalar(bytes: Uint8Array): number {
  if (bytes[0] === 0) throw new RangeError('a scalar has leading zeros')
  return Number(`0x${hex(bytes) || '0'}`)
}

function bytesOf(item: Item | undefined, what: string, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new RangeError(`${what}: bytes expected`)
  if (length !== undefined && item.length !== length)
    throw new RangeError(`${what}: ${length} bytes expected, got ${item.length}`)
  return item
}

function listOf(item: Item | undefined, what: string): Item[] {
  if (!Array.isArray(item)) throw new RangeError(`${what}: a list expected`)
  return item
}

function readHeader(item: Item | undefined): Header {
  const fields = listOf(item, 'header').map((field, i) => bytesOf(field, `field ${i}`))
  if (fields.length !== FIELDS_BERLIN)
    throw new RangeError(
      `${FIELDS_BERLIN} fields of a Berlin header expected, got ${fields.length}`,
    )
  const at = (i: number): Uint8Array => fields[i] as Uint8Array
  const extra = listOf(RLP.decode(at(EXTRA)) as Item, 'extraData')
  if (extra.length !== 5) throw new RangeError(`5 items of extraData expected, got ${extra.length}`)
  const [vanity, validators, vote, round, seals] = extra
  if (listOf(vote, 'vote').length !== 0) throw new RangeError('no vote expected')
  return {
    fields,
    number: scalar(at(8)),
    gasLimit: scalar(at(9)),
    gasUsed: scalar(at(10)),
    time: scalar(at(11)),
    validators: listOf(validators, 'validators').map((v) => hex(bytesOf(v, 'validator', 20))),
    round: scalar(bytesOf(round, 'round')),
    seals: listOf(seals, 'seals').map((seal) => bytesOf(seal, 'seal', 65)),
    extraWith: (other) =>
      RLP.encode([bytesOf(vanity, 'vanity', 32), validators as Item, [], other, []]),
  }
}

function withExtra(header: Header, extra: Uint8Array): Item {
  return header.fields.map((field, i) => (i === EXTRA ? extra : field))
}

/** round 0, no seals; block 0 hashes as it stands, which is the same */
const onChainHash = (header: Header): string =>
  hash(withExtra(header, header.extraWith(new Uint8Array(0))))

function committers(header: Header): string[] {
  const round = header.round === 0 ? '' : header.round.toString(16)
  const bytes = Buffer.from(round.padStart(round.length + (round.length % 2), '0'), 'hex')
  const digest = keccak_256(RLP.encode(withExtra(header, header.extraWith(bytes))))
  return header.seals.map((seal) => {
    const recovery = seal[64] as number
    const signature = Buffer.concat([Uint8Array.of(recovery), seal.subarray(0, 64)])
    const key = secp256k1.recoverPublicKey(signature, digest, { prehash: false })
    const point = secp256k1.Point.fromBytes(key).toBytes(false).subarray(1)
    return hex(keccak_256(point).subarray(12))
  })
}

/** the rules of a header that need no parent */
function judgeAlone(header: Header, set: readonly string[]): string[] {
  const field = (i: number): string => hex(header.fields[i] as Uint8Array)
  const signers = committers(header)
  const quorum = Math.ceil((2 * set.length) / 3)
  const rules: [string, boolean][] = [
    ['mixHash of Istanbul', field(MIX) === MIX_HASH],
    ['difficulty 1', field(7) === '01'],
    ['nonce 0', field(14) === '00'.repeat(8)],
    ['no ommers', field(OMMERS) === NO_OMMERS],
    ['gas used within the limit', header.gasUsed <= header.gasLimit],
    ['gas limit of 5,000 or more', header.gasLimit >= 5_000],
    ['validators ascending', [...header.validators].sort().join() === header.validators.join()],
    ['validators of the parent state', header.validators.join() === set.join()],
    ['a proposer of the set', set.includes(field(COINBASE))],
    ['seals of different members', new Set(signers).size === signers.length],
    ['seals of members only', signers.every((signer) => set.includes(signer))],
    [`${quorum} seals or more`, signers.length >= quorum],
  ]
  return rules.filter(([, holds]) => !holds).map(([rule]) => rule)
}

function judgeAfter(header: Header, parent: Header, period: number): string[] {
  const gasDelta = Math.abs(header.gasLimit - parent.gasLimit)
  const rules: [string, boolean][] = [
    ['number after the parent', header.number === parent.number + 1],
    ['hash of the parent', hex(header.fields[PARENT] as Uint8Array) === onChainHash(parent)],
    ['a block period after the parent', header.time >= parent.time + period],
    ['gas limit near the parent', gasDelta < Math.floor(parent.gasLimit / 1024)],
  ]
  return rules.filter(([, holds]) => !holds).map(([rule]) => rule)
}

/** block 0 against the genesis file Besu would start from */
function judgeGenesis(header: Header, genesis: Record<string, string>): string[] {
  const field = (i: number): string => hex(header.fields[i] as Uint8Array)
  const rules: [string, boolean][] = [
    ['extraData', `0x${field(EXTRA)}` === genesis['extraData']],
    ['timestamp', header.time === Number(genesis['timestamp'])],
    ['gasLimit', header.gasLimit === Number(genesis['gasLimit'])],
    ['mixHash', `0x${field(MIX)}` === genesis['mixHash']],
    ['coinbase', `0x${field(COINBASE)}` === genesis['coinbase']],
    ['parent', field(PARENT) === '00'.repeat(32)],
    ['number', header.number === 0],
  ]
  return rules.filter(([, holds]) => !holds).map(([rule]) => `${rule} of the genesis file`)
}

/** typed transactions after EIP-2930 are not Berlin's */
function foreignTypes(transactions: readonly Item[]): string[] {
  return transactions
    .filter((raw) => raw instanceof Uint8Array && raw[0] !== 1)
    .map((raw) => `a transaction of Berlin expected, got type ${(raw as Uint8Array)[0]}`)
}

function* readBlocks(bytes: Uint8Array): Generator<Item[]> {
  let rest = bytes
  while (rest.length > 0) {
    const { data, remainder } = RLP.decode(rest, true)
    yield listOf(data as Item, 'block')
    rest = remainder
  }
}

/** Judges a whole chain that begins with block 0. */
export function judgeChain(bytes: Uint8Array, period: number, besu?: object): Summary {
  const summary: Summary = { blocks: 0, transactions: 0, seals: 0, laterRounds: 0, problems: [] }
  let parent: Header | undefined
  let set: readonly string[] = []
  for (const [item, body, ommers, ...more] of readBlocks(bytes)) {
    const header = readHeader(item)
    const transactions = listOf(body, 'transactions')
    const found = foreignTypes(transactions)
    if (more.length > 0 || listOf(ommers, 'ommers').length > 0) found.push('a body of Berlin')
    if (parent === undefined) {
      set = header.validators
      if (besu !== undefined) found.push(...judgeGenesis(header, besu as Record<string, string>))
    } else found.push(...judgeAlone(header, set), ...judgeAfter(header, parent, period))
    summary.problems.push(...found.map((problem) => `block ${header.number}: ${problem}`))
    summary.blocks++
    summary.transactions += transactions.length
    summary.seals += header.seals.length
    summary.laterRounds += header.round > 0 ? 1 : 0
    parent = header
  }
  return summary
}

if (import.meta.main) {
  const [chain, genesis] = process.argv.slice(2)
  const besu = genesis === undefined ? undefined : JSON.parse(readFileSync(genesis, 'utf8'))
  const period = besu?.config?.qbft?.blockperiodseconds ?? 1
  const summary = judgeChain(new Uint8Array(readFileSync(chain ?? '')), period, besu)
  process.stdout.write(`${JSON.stringify(summary)}\n`)
  process.exitCode = summary.problems.length === 0 ? 0 : 1
}

/** Validator contracts that break their promise, as runtime code, and what the engine must say. */
import { type Address, bytesToHex, concatBytes, hexToBytes, padLeft } from '@veche/primitives'

export interface BrokenContract {
  readonly what: string
  readonly code: Uint8Array
  /** the alarm; undefined when the answer is to be taken */
  readonly alarm: string | undefined
  /** the set that follows, when it is another one */
  readonly next?: readonly Address[]
}

const hex = (text: string): Uint8Array => hexToBytes(`0x${text}`)

const word = (value: number): Uint8Array => padLeft(Uint8Array.of(value >> 8, value & 0xff), 32)

/**
 * Returns these bytes whatever is asked: PUSH2 length DUP1 PUSH1 10 PUSH0 CODECOPY PUSH0 RETURN.
 */
function answering(bytes: Uint8Array): Uint8Array {
  const length = bytes.length.toString(16).padStart(4, '0')
  return concatBytes(hex(`61${length}80600a5f395ff3`), bytes)
}

function listOf(addresses: readonly Address[]): Uint8Array {
  const words = addresses.map((address) => padLeft(hexToBytes(address), 32))
  return answering(concatBytes(word(32), word(addresses.length), ...words))
}

const address = (byte: number): Address => bytesToHex(new Uint8Array(20).fill(byte))

/** Every contract for a set of four, which are ascending. */
export function brokenContracts(four: readonly Address[]): readonly BrokenContract[] {
  const failed = 'VALIDATORS_CALL_FAILED'
  const [a, b, c, d] = four as [Address, Address, Address, Address]
  const [e, f] = [address(0xe1), address(0xf1)]
  const zero = address(0)
  const dirty = padLeft(hexToBytes(a), 32)
  dirty[0] = 1
  const many = Array.from({ length: 101 }, (_, i) => address(i + 1))
  return [
    { what: 'has no code', code: new Uint8Array(0), alarm: failed },
    { what: 'reverts', code: hex('5f5ffd'), alarm: failed },
    { what: 'stops without an answer', code: hex('00'), alarm: failed },
    { what: 'is an invalid opcode', code: hex('fe'), alarm: failed },
    { what: 'burns all gas in a loop', code: hex('5b5f56'), alarm: failed },
    // itself, with all gas left: PUSH0 ×5 ADDRESS GAS CALL PUSH0 JUMP
    { what: 'calls itself for ever', code: hex('5b5f5f5f5f5f305af15f56'), alarm: failed },
    { what: 'writes to the state', code: hex('60015f55'), alarm: failed },
    { what: 'destroys itself', code: hex('5fff'), alarm: failed },
    { what: 'returns more memory than gas pays', code: hex('6401000000005ff3'), alarm: failed },
    { what: 'returns a megabyte of zeros', code: hex('620f42405ff3'), alarm: failed },
    { what: 'returns garbage', code: answering(new Uint8Array(96).fill(0xff)), alarm: failed },
    {
      what: 'claims 2^256 − 1 members',
      code: answering(concatBytes(word(32), new Uint8Array(32).fill(0xff))),
      alarm: failed,
    },
    {
      what: 'claims more than it returns',
      code: answering(concatBytes(word(32), word(9))),
      alarm: failed,
    },
    {
      what: 'returns addresses of more than 20 bytes',
      code: answering(concatBytes(word(32), word(1), dirty)),
      alarm: failed,
    },
    { what: 'names 101 members', code: listOf(many), alarm: failed },
    { what: 'names nobody', code: listOf([]), alarm: 'VALIDATORS_EMPTY' },
    {
      what: 'names the zero address',
      code: listOf([a, b, c, zero]),
      alarm: 'VALIDATORS_MALFORMED',
    },
    { what: 'names one member twice', code: listOf([a, b, c, c]), alarm: 'VALIDATORS_DUPLICATE' },
    { what: 'names three of four', code: listOf([a, b, c]), alarm: 'VALIDATORS_TOO_FEW' },
    {
      what: 'exchanges one member in one block',
      code: listOf([a, b, c, e]),
      alarm: 'VALIDATORS_CHANGE_TOO_LARGE',
    },
    {
      what: 'adds two in one block',
      code: listOf([a, b, c, d, e, f]),
      alarm: 'VALIDATORS_CHANGE_TOO_LARGE',
    },
    { what: 'names the same set unsorted', code: listOf([d, b, a, c]), alarm: undefined },
    {
      what: 'adds one, unsorted',
      code: listOf([e, d, c, b, a]),
      alarm: undefined,
      next: [a, b, c, d, e].sort(),
    },
  ]
}

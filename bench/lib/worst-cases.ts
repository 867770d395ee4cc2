/**
 * Contracts that spend all their gas on one kind of work, for the worst-case bench. Each is a loop
 * around many copies of a body that leaves the stack as it was.
 */

/** One kind of work. */
export interface Cost {
  readonly name: string
  /** runtime code, `0x` text */
  readonly code: string
  readonly input?: Uint8Array
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function push(value: number | bigint | string): string {
  const text = typeof value === 'string' ? value : value.toString(16)
  const even = text.length % 2 === 0 ? text : `0${text}`
  return byte(0x5f + even.length / 2) + even
}

/** `setup`, then for ever `copies` times `body` */
function loop(body: string, setup = '', copies = 200): string {
  const at = setup.length / 2
  return `0x${setup}5b${body.repeat(copies)}${push(at.toString(16).padStart(4, '0'))}56`
}

const MAX = 'f'.repeat(64)

function binary(opcode: number, a = MAX, b = MAX): string {
  return `${push(a) + push(b) + byte(opcode)}50`
}

function ternary(opcode: number): string {
  return `${push(MAX) + push(`${'f'.repeat(63)}e`) + push(`${'f'.repeat(63)}d`) + byte(opcode)}50`
}

/** STATICCALL(gas, address, 0, inputLength, 0, outputLength), result dropped */
function callTo(address: number | string, inputLength: number, outputLength = 0): string {
  return `${push(outputLength)}5f${push(inputLength)}5f${push(address)}5afa50`
}

/** writes 32-byte words to memory from 0 */
function store(words: readonly string[]): string {
  return words.map((word, i) => `${push(word.padStart(64, '0')) + push(32 * i)}52`).join('')
}

/** A contract of 24 KiB that jumps, then stops: JUMPDESTs, or pushes to analyse. */
const BIG_JUMP = '0x00000000000000000000000000000000000b0001'
const BIG_PUSH = '0x00000000000000000000000000000000000b0002'
const EMPTY = '0x00000000000000000000000000000000000b0003'
const BAD_JUMP = '0x00000000000000000000000000000000000b0004'
/** many large contracts, more than the analysis cache can hold */
const MANY = 400

function manyAddress(index: number): string {
  return `0x${(0xd00000 + index).toString(16).padStart(40, '0')}`
}

/** PUSH1 4 JUMP STOP JUMPDEST STOP, padded */
const JUMP_THEN_STOP = '6004560 05b00'.replace(/ /g, '')

/** Accounts that the contracts call. */
export const HELPERS: Record<string, { code?: string; balance?: string }> = {
  [BIG_JUMP]: { code: `0x${JUMP_THEN_STOP}${'5b'.repeat(24_500)}` },
  [BIG_PUSH]: { code: `0x${JUMP_THEN_STOP}${'6001'.repeat(12_250)}` },
  [BAD_JUMP]: { code: `0x5f56${'5b'.repeat(24_500)}` },
  [EMPTY]: { code: '0x00' },
  ...Object.fromEntries(
    Array.from({ length: MANY }, (_, i) => [
      manyAddress(i),
      { code: `0x${JUMP_THEN_STOP}${'6001'.repeat(12_240)}61${i.toString(16).padStart(4, '0')}` },
    ]),
  ),
}

const POINT_G1 = ['1', '2']
/** generator of the G2 group of bn254, in the order of EIP-197 */
const POINT_G2 = [
  '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2',
  '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed',
  '90689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b',
  '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
]
const BLS_G1 = [
  '0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f',
  'c3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  '0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4',
  'fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
]
const BLS_G2 = [
  '00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051',
  'c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
  '0000000000000000000000000000000013e02b6052719f607dacd3a088274f65',
  '596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e',
  '000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351a',
  'adfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801',
  '000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99',
  'cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be',
]
/** a signature that recovers */
const SIGNATURE = [
  '456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3',
  '1c',
  '9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608',
  '4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada',
]

function precompile(name: string, address: number, words: readonly string[], length = 0): Cost {
  const size = length > 0 ? length : words.length * 32
  return { name, code: loop(callTo(address, size), store(words), 50) }
}

function modexp(name: string, bytes: number, exponent: number): Cost {
  const lengths = [bytes, exponent, bytes].map((n) => n.toString(16))
  const filled = Array.from({ length: Math.ceil((2 * bytes + exponent) / 32) }, () => MAX)
  return precompile(`MODEXP ${name}`, 5, [...lengths, ...filled], 96 + 2 * bytes + exponent)
}

const plain: readonly Cost[] = [
  { name: 'JUMPDEST', code: loop('5b', '', 2_000) },
  { name: 'PUSH1 POP', code: loop('600150') },
  { name: 'PUSH32 POP', code: loop(`${push(MAX)}50`) },
  { name: 'DUP1 POP', code: loop('8050', '6001') },
  { name: 'SWAP16', code: loop('9f', '6001'.repeat(17)) },
  { name: 'PC POP', code: loop('5850') },
  { name: 'GAS POP', code: loop('5a50') },
  { name: 'JUMP', code: `0x5b${'5f56'.repeat(1)}` },
  { name: 'ADD', code: loop(binary(0x01)) },
  { name: 'MUL', code: loop(binary(0x02)) },
  { name: 'SUB', code: loop(binary(0x03, '01')) },
  { name: 'DIV', code: loop(binary(0x04, `${'f'.repeat(31)}3`)) },
  { name: 'SDIV', code: loop(binary(0x05, `${'f'.repeat(33)}3`)) },
  { name: 'MOD', code: loop(binary(0x06, `${'f'.repeat(33)}3`)) },
  { name: 'ADDMOD', code: loop(ternary(0x08)) },
  { name: 'MULMOD', code: loop(ternary(0x09)) },
  { name: 'EXP 1 byte', code: loop(binary(0x0a, 'ff')) },
  { name: 'EXP 32 bytes', code: loop(binary(0x0a)) },
  { name: 'SIGNEXTEND', code: loop(`${push(MAX) + push(20)}0b50`) },
  { name: 'SLT', code: loop(binary(0x12)) },
  { name: 'BYTE', code: loop(`${push(MAX) + push(20)}1a50`) },
  { name: 'SHL', code: loop(`${push(MAX) + push(77)}1b50`) },
  { name: 'SAR', code: loop(`${push(MAX) + push(77)}1d50`) },
  { name: 'NOT', code: loop('19', push(MAX)) },
]
const memory: readonly Cost[] = [
  { name: 'KECCAK256 0 bytes', code: loop('5f5f2050') },
  { name: 'KECCAK256 136 bytes', code: loop(`${push(136)}5f2050`) },
  { name: 'KECCAK256 64 KiB', code: loop(`${push(65_536)}5f2050`) },
  { name: 'MLOAD', code: loop('5f5150') },
  { name: 'MSTORE', code: loop(`${push(MAX)}5f52`) },
  { name: 'MSTORE8', code: loop('60ff5f53') },
  { name: 'MCOPY 32 bytes', code: loop('60205f60205e') },
  { name: 'MCOPY 64 KiB', code: loop(`${push(65_536)}5f60205e`) },
  { name: 'CALLDATALOAD', code: loop('5f3550') },
  { name: 'CALLDATACOPY 0 bytes', code: loop('5f5f5f37') },
  { name: 'CALLDATACOPY 32 KiB', code: loop(`${push(32_768)}5f5f37`) },
  { name: 'CODECOPY 24 KiB', code: loop(`${push(24_576)}5f5f39`) },
  { name: 'EXTCODECOPY 24 KiB', code: loop(`${push(24_500)}5f5f${push(BIG_JUMP.slice(2))}3c`) },
  { name: 'EXTCODECOPY 0 bytes', code: loop(`5f5f5f${push(BIG_JUMP.slice(2))}3c`) },
  { name: 'MSTORE far', code: `0x5b60ff${push(400_000)}5260ff5f5200` },
]
const state: readonly Cost[] = [
  { name: 'BALANCE warm', code: loop('303150') },
  { name: 'SELFBALANCE', code: loop('4750') },
  { name: 'EXTCODESIZE warm', code: loop(`${push(BIG_JUMP.slice(2))}3b50`) },
  { name: 'EXTCODEHASH warm', code: loop(`${push(BIG_JUMP.slice(2))}3f50`) },
  { name: 'BLOCKHASH', code: loop('6001430340 50'.replace(/ /g, '')) },
  { name: 'COINBASE', code: loop('4150') },
  { name: 'CODESIZE', code: loop('3850') },
  { name: 'ADDRESS', code: loop('3050') },
  { name: 'CALLVALUE', code: loop('3450') },
  { name: 'SLOAD warm', code: loop('5f5450') },
  { name: 'SLOAD cold', code: loop('600101805450', '5f') },
  { name: 'SSTORE same', code: loop('60015f55', '60015f55') },
  { name: 'SSTORE dirty', code: loop('60025f5560035f55', '60015f55') },
  { name: 'SSTORE fresh', code: loop('60010180805 5'.replace(/ /g, ''), '5f') },
  { name: 'TLOAD', code: loop('5f5c50') },
  { name: 'TSTORE', code: loop('60015f5d') },
  { name: 'LOG0', code: loop('5f5fa0') },
  { name: 'LOG4', code: loop('5f5f5f5f5f5fa4') },
  { name: 'LOG0 8 KiB', code: loop(`${push(8_192)}5fa0`) },
  { name: 'BALANCE cold', code: loop('600101803150', push('aa'.repeat(20))) },
]
const calls: readonly Cost[] = [
  { name: 'CALL empty account warm', code: loop(callTo(0xbeef, 0)) },
  { name: 'CALL one STOP', code: loop(callTo(EMPTY.slice(2), 0)) },
  { name: 'CALL 24 KiB, jump', code: loop(callTo(BIG_JUMP.slice(2), 0)) },
  { name: 'CALL 24 KiB of pushes, jump', code: loop(callTo(BIG_PUSH.slice(2), 0)) },
  {
    name: `CALL ${MANY} contracts of 24 KiB in turn`,
    code: loop(
      Array.from({ length: MANY }, (_, i) => callTo(manyAddress(i).slice(2), 0)).join(''),
      '',
      1,
    ),
  },
  {
    name: 'CALL 24 KiB, invalid jump',
    code: loop(`5f5f5f5f${push(BAD_JUMP.slice(2))}6064fa50`),
  },
  { name: 'CALL with 32 KiB input', code: loop(callTo(EMPTY.slice(2), 32_768)) },
  { name: 'CREATE empty', code: loop('5f5f5ff050') },
  { name: 'CREATE 48 KiB', code: loop(`${push(49_152)}5f5ff050`) },
  { name: 'CREATE2 empty', code: loop('5f5f5f5ff550') },
  { name: 'call depth 1024', code: `0x5f5f5f5f5f305af150${'5b'.repeat(10)}` },
]
const precompiles: readonly Cost[] = [
  precompile('ECRECOVER', 1, SIGNATURE),
  precompile('SHA256 0 bytes', 2, [], 0),
  precompile('SHA256 32 KiB', 2, [], 32_768),
  precompile('RIPEMD160 0 bytes', 3, [], 0),
  precompile('RIPEMD160 32 KiB', 3, [], 32_768),
  precompile('IDENTITY 0 bytes', 4, [], 0),
  precompile('IDENTITY 32 KiB', 4, [], 32_768),
  modexp('32 bytes', 32, 32),
  modexp('64 bytes', 64, 64),
  modexp('128 bytes', 128, 128),
  modexp('256 bytes', 256, 256),
  modexp('256 bytes, exponent 1 byte', 256, 1),
  modexp('1024 bytes, exponent 1 byte', 1024, 1),
  precompile('BN254 ADD', 6, [...POINT_G1, ...POINT_G1]),
  precompile('BN254 MUL', 7, [...POINT_G1, MAX]),
  precompile('BN254 PAIRING 1', 8, [...POINT_G1, ...POINT_G2]),
  precompile(
    'BN254 PAIRING 4',
    8,
    Array.from({ length: 4 }, () => [...POINT_G1, ...POINT_G2]).flat(),
  ),
  precompile('BLAKE2F 10,000 rounds', 9, [`00002710${'11'.repeat(28)}`], 213),
  precompile('BLAKE2F 0 rounds', 9, [`00000000${'11'.repeat(28)}`], 213),
  precompile('KZG point evaluation, bad', 10, [], 192),
  precompile('BLS G1ADD', 11, [...BLS_G1, ...BLS_G1]),
  precompile('BLS G1MSM 1', 12, [...BLS_G1, MAX]),
  precompile('BLS G1MSM 8', 12, Array.from({ length: 8 }, () => [...BLS_G1, MAX]).flat()),
  precompile('BLS G2ADD', 13, [...BLS_G2, ...BLS_G2]),
  precompile('BLS G2MSM 1', 14, [...BLS_G2, MAX]),
  precompile('BLS PAIRING 1', 15, [...BLS_G1, ...BLS_G2]),
  precompile('BLS MAP FP TO G1', 16, ['0', '77'], 64),
  precompile('BLS MAP FP2 TO G2', 17, ['0', '77', '0', '78'], 128),
]

/** Every kind of work measured. */
export const costs: readonly Cost[] = [...plain, ...memory, ...state, ...calls, ...precompiles]

/**
 * The contracts that are compiled, tested for size and described: one line each, in the order of
 * their addresses. `npm run generate` writes `src/generated/<kebab-name>.ts` for every line.
 */

/** One contract of the table. */
export interface ContractSource {
  readonly name: string
  /** below sol/, or of an npm package */
  readonly file: string
  /**
   * where genesis puts this code; needed when its byte code holds its own address (`immutable
   * __self` of UUPSUpgradeable), so that the generated code hash is that of the deployed copy
   */
  readonly at?: `0x${string}`
  /**
   * the optimizer's number of runs where it is not that of solc.ts: fewer make smaller code, for a
   * contract that would not fit EIP-170 (docs/adr/0166)
   */
  readonly runs?: number
}

export const CONTRACTS: readonly ContractSource[] = [
  { name: 'ValidatorSet', file: 'consensus/ValidatorSet.sol' },
  {
    name: 'DocumentRegistry',
    file: 'documents/DocumentRegistry.sol',
    at: '0x0000000000000000000000000000000000001102',
  },
  { name: 'CityAccess', file: 'access/CityAccess.sol' },
  { name: 'ReleaseRegistry', file: 'access/ReleaseRegistry.sol' },
  {
    name: 'IdentityRegistry',
    file: 'identity/IdentityRegistry.sol',
    at: '0x0000000000000000000000000000000000001105',
  },
  {
    name: 'QuotaPolicy',
    file: 'access/QuotaPolicy.sol',
    at: '0x0000000000000000000000000000000000001106',
  },
  {
    name: 'TitleRegistry',
    file: 'titles/TitleRegistry.sol',
    at: '0x0000000000000000000000000000000000001107',
    runs: 400,
  },
  { name: 'FairOffice', file: 'fairs/FairOffice.sol' },
  { name: 'FairSeason', file: 'fairs/FairSeason.sol', runs: 400 },
  {
    name: 'ServicePoints',
    file: 'points/ServicePoints.sol',
    at: '0x0000000000000000000000000000000000001109',
  },
  { name: 'DepartmentFactory', file: 'identity/DepartmentFactory.sol' },
  { name: 'DepartmentAccount', file: 'identity/DepartmentAccount.sol' },
  { name: 'P256Verifier', file: 'identity/P256Verifier.sol' },
  { name: 'WebAuthnVerifier', file: 'identity/WebAuthnVerifier.sol' },
  { name: 'ERC1967Proxy', file: '@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol' },
]

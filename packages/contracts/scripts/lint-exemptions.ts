/**
 * The exceptions to the house rules for Solidity, each with its reason; test/solidity-lint.test.ts
 * fails for one that nothing needs.
 */

/** What a file may do that others may not, with the reason. */
export interface Exemption {
  readonly rule: string
  readonly file: string
  /** `Contract.member`, or a function whose loops are meant, where only that one may */
  readonly member?: string
  readonly reason: string
}

/** All exceptions of the city's contracts; a test fails for one that nothing needs. */
export const EXEMPTIONS: readonly Exemption[] = [
  {
    rule: 'blockhash',
    file: 'consensus/ValidatorSet.sol',
    reason: 'a candidate shows that it follows the chain by naming a recent block',
  },
  {
    rule: 'blockhash',
    file: 'fairs/SeasonSeed.sol',
    reason: 'the message that the beacon signs is bound to the frozen list of applications',
  },
  {
    rule: 'low-level-call',
    file: 'fairs/SeasonSeed.sol',
    reason: 'reads the EIP-2935 history contract, which has no ABI',
  },
  {
    rule: 'low-level-call',
    file: 'fairs/BlsMinSig.sol',
    reason: 'calls the EIP-2537 precompiles, which have no ABI',
  },
  {
    rule: 'unbound-signature',
    file: 'consensus/ValidatorSet.sol',
    reason: 'messages of consensus: their digest holds the chain id, and they know no contract',
  },
  {
    rule: 'silent-change',
    file: 'fairs/FairSeason.sol',
    member: 'FairSeason.initialize',
    reason: 'the office that makes the clone announces it in the same transaction',
  },
  {
    rule: 'assembly',
    file: 'access/CityUpgradeable.sol',
    reason: 'a storage namespace (ERC-7201) has no other syntax',
  },
  {
    rule: 'assembly',
    file: 'points/PointsStorage.sol',
    reason: 'a storage namespace (ERC-7201) has no other syntax',
  },
  {
    rule: 'unbounded-loop',
    file: 'consensus/ValidatorSet.sol',
    member: '_add',
    reason: 'members of the set: at most VALIDATORS_MAX',
  },
  {
    rule: 'unbounded-loop',
    file: 'consensus/ValidatorSet.sol',
    member: '_unseat',
    reason: 'members of the set: at most VALIDATORS_MAX',
  },
  {
    rule: 'unbounded-loop',
    file: 'access/CityAccess.sol',
    member: 'roleIds',
    reason: 'a view, over a page as long as the reader asked for',
  },
  {
    rule: 'unbounded-loop',
    file: 'access/CityAccess.sol',
    member: '_isObserved',
    reason: 'at most OBSERVERS_SEEN_MAX',
  },
  {
    rule: 'unbounded-loop',
    file: 'titles/TitleLiens.sol',
    member: '_insert',
    reason: 'live liens of one title: at most LIENS_MAX',
  },
  {
    rule: 'unbounded-loop',
    file: 'titles/TitleLiens.sol',
    member: '_endLien',
    reason: 'live liens of one title: at most LIENS_MAX',
  },
  {
    rule: 'unbounded-loop',
    file: 'titles/TitleLiens.sol',
    member: '_find',
    reason: 'live liens of one title: at most LIENS_MAX',
  },
  {
    rule: 'unbounded-loop',
    file: 'titles/TitleParties.sol',
    member: '_requireHolders',
    reason: 'live liens of one title: at most LIENS_MAX',
  },
  {
    rule: 'empty-catch',
    file: 'consensus/ValidatorSet.sol',
    reason:
      'the suspension stands whether or not the limits let it unseat now; anybody unseats later',
  },
]

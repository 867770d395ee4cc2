// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFairTypes} from "./IFairTypes.sol";

/**
 * @title The office that opens seasons of the city's fairs and keeps each applicant's standing.
 * @notice A season is an immutable clone of an implementation whose code is registered with
 * ReleaseRegistry: the office may choose another implementation for the seasons to come (with the
 * delay that CityAccess sets), never for one that exists. Who may do what in a season is asked here,
 * with the office as the target of CityAccess, because a season's address is not known in advance.
 *
 * Standing: every no-show is a strike. Two strikes lower the priority of the person by one tier in the
 * seasons with a higher number; strikes decay by two with every season number and are never more than
 * STRIKES_MAX, so a tier is bounded; an upheld appeal takes the strike back.
 * @custom:states
 * [*] --> Draft: createSeason
 * Draft --> RulesFrozen: freezeRules
 * RulesFrozen --> Cancelled: objectToSeason (observers, before it opens)
 * RulesFrozen --> Settled: the season's life
 * Draft --> Cancelled: cancelSeason (with delay)
 * RulesFrozen --> Cancelled: cancelSeason (with delay)
 */
interface IFairOffice {
    /// @param noticeSeconds least time between frozen rules and the first application
    /// @param appealSeconds least time to appeal, and the least time to decide an appeal
    struct Limits {
        uint32 noticeSeconds;
        uint32 appealSeconds;
    }

    /// @param strikes no-shows counted, at most STRIKES_MAX
    /// @param season number of the season of the last strike
    struct Standing {
        uint8 strikes;
        uint32 season;
    }

    /// @notice Another implementation serves the seasons to come.
    /// @param from the implementation before, 0 for none
    /// @param to the implementation from now on
    /// @param codeHash of `to`, registered with ReleaseRegistry
    event SeasonImplementationSet(address indexed from, address indexed to, bytes32 codeHash);
    /// @notice A season exists, as a draft.
    /// @param number counts the seasons from 1
    /// @param season its address
    /// @param implementation the code it is a clone of, for ever
    /// @param titleHash keccak256 of its public title
    event SeasonCreated(uint32 indexed number, address indexed season, address implementation, bytes32 titleHash);
    /// @notice From here on neither rules nor capacities nor beacon of a season change.
    /// @param season which one
    /// @param rulesHash keccak256(abi.encode(RULES_TYPE, rules, keccak256(abi.encode(beacon))))
    /// @param rules of the season
    /// @param beacon that makes the seed
    event RulesFrozen(
        address indexed season, bytes32 indexed rulesHash, IFairTypes.Rules rules, IFairTypes.Beacon beacon
    );
    /// @notice A season ended without a draw, or before its end.
    /// @param season which one
    /// @param by who ended it
    /// @param reasonHash of the published reason
    event SeasonCancelled(address indexed season, address indexed by, bytes32 reasonHash);
    /// @notice A no-show was counted, or taken back.
    /// @param person the applicant's pseudonym at the fairs
    /// @param season number of the season
    /// @param strikes counted from now on
    event StandingChanged(bytes32 indexed person, uint32 indexed season, uint8 strikes);

    error FairOfficeZeroValue();
    error FairOfficeCodeNotRegistered(address implementation, bytes32 codeHash);
    error FairOfficeNotSeason(address caller);
    error FairOfficeWrongStage(address season, IFairTypes.Stage had);
    /// @notice A line of FairRulesCheck is not met.
    error FairOfficeRulesInvalid(uint8 line);
    /// @notice A list of stands that exist expected, without repetition, not empty, not too long.
    error FairOfficePreferencesInvalid(uint128 preferences);
    error FairOfficeCategoryInvalid(uint8 had, uint256 count);
    /// @notice The group did not sign the rules with the key of the beacon.
    error FairOfficeAcceptanceInvalid(bytes32 message);

    /// @notice Opens a new season, as a draft. ORGANISER.
    /// @param titleHash keccak256 of its public title
    /// @return season its address
    function createSeason(bytes32 titleHash) external returns (address season);

    /// @notice Fixes rules, capacities and beacon of a draft for ever. ORGANISER.
    /// @param season which one
    /// @param rules of the season
    /// @param beacon that makes the seed
    /// @param acceptance the group's signature over acceptanceMessage(season, rulesHash): the keys work,
    /// and `threshold` members agree to the rules
    function freezeRules(
        address season,
        IFairTypes.Rules calldata rules,
        IFairTypes.Beacon calldata beacon,
        bytes32[4] calldata acceptance
    ) external;

    /// @notice Chooses the code of the seasons to come; it must be registered. RELEASER, with delay.
    /// @param implementation address of the deployed code
    function setSeasonImplementation(address implementation) external;

    /// @notice Ends a season for good. ORGANISER, with delay; observers may cancel it meanwhile.
    /// @param season which one
    /// @param reasonHash of the published reason
    function cancelSeason(address season, bytes32 reasonHash) external;

    /// @notice An observer stops a season whose rules are frozen and which is not open yet. OBSERVERS.
    /// @param season which one
    /// @param reasonHash of the published reason
    function objectToSeason(address season, bytes32 reasonHash) external;

    /// @notice Counts a no-show. Seasons of this office only.
    /// @param person the applicant's pseudonym at the fairs
    function strike(bytes32 person) external;

    /// @notice Takes a no-show back. Seasons of this office only.
    /// @param person the applicant's pseudonym at the fairs
    function pardon(bytes32 person) external;

    /// @notice Whether CityAccess lets an account call this function of every season, without delay.
    /// @param account who calls
    /// @param selector of a function of IFairSeason
    function allows(address account, bytes4 selector) external view returns (bool);

    /// @notice Checks what an applicant asks for. Seasons of this office only.
    /// @param person the applicant's pseudonym at the fairs
    /// @param terms first word of the season's rules, see FairTerms
    /// @param category of trader
    /// @param preferences stands of 16 bits each, the best in the lowest bits
    /// @return tier how far the person stands behind in this season
    /// @return wanted most places it can get: weekends asked for, at most placesMax
    function admit(bytes32 person, uint256 terms, uint8 category, uint128 preferences)
        external
        view
        returns (uint8 tier, uint8 wanted);

    /// @notice How far a person stands behind in a season: 0 for in good standing, at most TIER_MAX.
    /// @param person the applicant's pseudonym at the fairs
    /// @param number of the season
    function tierOf(bytes32 person, uint32 number) external view returns (uint8);

    /// @notice What is counted against a person, before decay.
    /// @param person the applicant's pseudonym at the fairs
    function standingOf(bytes32 person) external view returns (Standing memory);

    /// @notice keccak256(abi.encode(RULES_TYPE, rules, keccak256(abi.encode(beacon)))).
    /// @param rules of a season
    /// @param beacon that makes the seed
    function rulesHashOf(IFairTypes.Rules calldata rules, IFairTypes.Beacon calldata beacon)
        external
        pure
        returns (bytes32);

    /// @notice What the group signs for the rules: keccak256(abi.encode(ACCEPTANCE_TYPE, chainid, season,
    /// rulesHash)).
    /// @param season which one
    /// @param rulesHash of the rules
    function acceptanceMessage(address season, bytes32 rulesHash) external view returns (bytes32);

    /// @notice Whether a signature of the beacon is good, see BlsMinSig.
    /// @param groupKey on G2
    /// @param signature on G1
    /// @param message 32 bytes
    function verifyBeacon(bytes32[8] calldata groupKey, bytes32[4] calldata signature, bytes32 message)
        external
        view
        returns (bool);

    /// @notice The rules of a season; capacitiesHash and detailsHash stand in the event alone and are 0 here.
    /// @param season which one
    function rulesOf(address season) external view returns (IFairTypes.Rules memory);

    /// @notice An application of a season and what became of it.
    /// @param season which one
    /// @param id of the application
    function applicationOf(address season, uint32 id)
        external
        view
        returns (IFairTypes.ApplicationView memory);

    /// @notice How fair a season is now; final when it is settled.
    /// @param season which one
    function metricsOf(address season) external view returns (IFairTypes.Metrics memory);

    /// @notice The figures of a tally, see FairMetric.
    /// @param holders how many have 0 to 8 places
    /// @param content how many of them have all they could get
    function measure(uint256 holders, uint256 content) external pure returns (IFairTypes.Metrics memory);

    /// @notice The season of a number, 0 for none.
    /// @param number from 1
    function seasonAt(uint32 number) external view returns (address);

    /// @notice The number of a season, 0 for a foreign address.
    /// @param season its address
    function numberOf(address season) external view returns (uint32);

    /// @notice How many seasons there are.
    function seasonCount() external view returns (uint32);

    /// @notice The code of the seasons to come.
    function seasonImplementation() external view returns (address);

    /// @notice The least notice and appeal times of every season.
    function limits() external view returns (Limits memory);
}

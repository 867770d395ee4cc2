// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAuthority} from "@openzeppelin/contracts/access/manager/IAuthority.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IReleases} from "../access/IReleases.sol";
import {BlsMinSig} from "./BlsMinSig.sol";
import {Entry, FairEntry} from "./FairEntry.sol";
import {FairMetric, Tally} from "./FairMetric.sol";
import {FairRulesCheck} from "./FairRulesCheck.sol";
import {FairTerms, Terms} from "./FairTerms.sol";
import {IFairOffice} from "./IFairOffice.sol";
import {IFairSeason} from "./IFairSeason.sol";
import {IFairTypes} from "./IFairTypes.sol";

/// @title The office of the city's fairs: see IFairOffice for what it promises.
/// @dev Not upgradable: it checks the rules and the beacon of seasons that nobody may change.
contract FairOffice is IFairOffice, AccessManaged {
    bytes32 private constant RULES_TYPE = keccak256("VecheFairRules/1");
    bytes32 private constant ACCEPTANCE_TYPE = keccak256("VecheFairAcceptance/1");
    /// @dev three tiers at most, however often somebody stays away
    uint256 public constant STRIKES_MAX = 6;
    uint256 public constant STRIKES_PER_TIER = 2;

    IReleases private _releases;
    Limits private _limits;
    address private _implementation;
    uint32 private _count;
    mapping(uint32 number => address season) private _seasons;
    mapping(address season => uint32 number) private _numbers;
    mapping(bytes32 person => Standing) private _standings;

    constructor(address cityAccess, address releases, address implementation, Limits memory limits_)
        AccessManaged(cityAccess)
    {
        if (cityAccess == address(0) || releases == address(0) || implementation == address(0)) {
            revert FairOfficeZeroValue();
        }
        _releases = IReleases(releases);
        _limits = limits_;
        _implementation = implementation;
        emit SeasonImplementationSet(address(0), implementation, implementation.codehash);
    }

    modifier onlySeason() {
        if (_numbers[msg.sender] == 0) revert FairOfficeNotSeason(msg.sender);
        _;
    }

    /// @inheritdoc IFairOffice
    function createSeason(bytes32 titleHash) external restricted returns (address season) {
        address implementation = _implementation;
        _requireRegistered(implementation);
        season = Clones.clone(implementation);
        uint32 number = ++_count;
        _seasons[number] = season;
        _numbers[season] = number;
        emit SeasonCreated(number, season, implementation, titleHash);
        IFairSeason(season).initialize(number);
    }

    /// @inheritdoc IFairOffice
    function freezeRules(
        address season,
        IFairTypes.Rules calldata rules,
        IFairTypes.Beacon calldata beacon,
        bytes32[4] calldata acceptance
    ) external restricted {
        if (_numbers[season] == 0) revert FairOfficeNotSeason(season);
        (uint32 words, bytes32 head) = IFairSeason(season).capacities();
        FairRulesCheck.checkSize(rules, words, head);
        FairRulesCheck.checkTimes(rules, _limits);
        FairRulesCheck.checkBeacon(beacon);
        bytes32 rulesHash = rulesHashOf(rules, beacon);
        bytes32 message = acceptanceMessage(season, rulesHash);
        if (!BlsMinSig.verify(beacon.groupKey, acceptance, message)) revert FairOfficeAcceptanceInvalid(message);
        emit RulesFrozen(season, rulesHash, rules, beacon);
        bytes32 groupKeyHash = keccak256(abi.encode(beacon.groupKey));
        IFairSeason(season).fixRules(rulesHash, groupKeyHash, FairTerms.pack(rules), beacon.members);
    }

    /// @inheritdoc IFairOffice
    function setSeasonImplementation(address implementation) external restricted {
        bytes32 codeHash = _requireRegistered(implementation);
        emit SeasonImplementationSet(_implementation, implementation, codeHash);
        _implementation = implementation;
    }

    /// @inheritdoc IFairOffice
    function cancelSeason(address season, bytes32 reasonHash) external restricted {
        _cancel(season, reasonHash);
    }

    /// @inheritdoc IFairOffice
    function objectToSeason(address season, bytes32 reasonHash) external restricted {
        IFairTypes.Stage had = IFairSeason(season).stage();
        if (had > IFairTypes.Stage.RulesFrozen) revert FairOfficeWrongStage(season, had);
        _cancel(season, reasonHash);
    }

    /// @inheritdoc IFairOffice
    function strike(bytes32 person) external onlySeason {
        uint32 number = _numbers[msg.sender];
        uint256 strikes = _strikesIn(person, number) + 1;
        if (strikes > STRIKES_MAX) strikes = STRIKES_MAX;
        // two seasons may run at a time: a strike in the older one does not set the clock of decay back
        uint32 last = _standings[person].season;
        if (last > number) number = last;
        _standings[person] = Standing(uint8(strikes), number);
        emit StandingChanged(person, number, uint8(strikes));
    }

    /// @inheritdoc IFairOffice
    function pardon(bytes32 person) external onlySeason {
        Standing storage standing = _standings[person];
        // what has begun to decay was forgiven: a pardon kept for later takes no newer strike back
        if (standing.strikes != 0 && standing.season <= _numbers[msg.sender] + 1) --standing.strikes;
        emit StandingChanged(person, standing.season, standing.strikes);
    }

    /// @inheritdoc IFairOffice
    function allows(address account, bytes4 selector) external view returns (bool) {
        return IAuthority(authority()).canCall(account, address(this), selector);
    }

    /// @inheritdoc IFairOffice
    function admit(bytes32 person, uint256 terms, uint8 category, uint128 preferences)
        external
        view
        onlySeason
        returns (uint8 tier, uint8 wanted)
    {
        tier = tierOf(person, _numbers[msg.sender]);
        wanted = uint8(FairRulesCheck.checkPreferences(Terms.wrap(terms), category, preferences));
    }

    /// @inheritdoc IFairOffice
    function tierOf(bytes32 person, uint32 number) public view returns (uint8) {
        Standing memory standing = _standings[person];
        // a strike counts from the next season on
        if (number <= standing.season) return 0;
        return uint8(_strikesIn(person, number) / STRIKES_PER_TIER);
    }

    /// @inheritdoc IFairOffice
    function standingOf(bytes32 person) external view returns (Standing memory) {
        return _standings[person];
    }

    /// @inheritdoc IFairOffice
    function verifyBeacon(bytes32[8] calldata groupKey, bytes32[4] calldata signature, bytes32 message)
        external
        view
        returns (bool)
    {
        return BlsMinSig.verify(groupKey, signature, message);
    }

    /// @inheritdoc IFairOffice
    function rulesOf(address season) external view returns (IFairTypes.Rules memory) {
        (, uint256[3] memory terms) = IFairSeason(season).rules();
        return FairTerms.unpack(terms);
    }

    /// @inheritdoc IFairOffice
    function applicationOf(address season, uint32 id)
        external
        view
        returns (IFairTypes.ApplicationView memory found)
    {
        uint256 word;
        (found.person, found.applicant, found.reason, found.until, word) = IFairSeason(season).entryOf(id);
        Entry entry = Entry.wrap(word);
        found.status = entry.status();
        found.category = uint8(entry.category());
        found.tier = uint8(entry.tier());
        found.wanted = uint8(entry.wanted());
        found.places = uint8(entry.places());
        found.appliedAt = uint40(entry.appliedAt());
        found.next = entry.next();
        found.preferences = uint128(entry.preferences());
        for (uint256 i = 0; i < FairEntry.PREFERENCES_MAX; ++i) found.states[i] = entry.place(i);
        found.overflowPreference = uint8(entry.overflowPreference());
        found.overflowCategory = uint8(entry.overflowCategory());
    }

    /// @inheritdoc IFairOffice
    function metricsOf(address season) external view returns (IFairTypes.Metrics memory) {
        (uint256 holders, uint256 content) = IFairSeason(season).tally();
        return FairMetric.measure(Tally(holders, content));
    }

    /// @inheritdoc IFairOffice
    function measure(uint256 holders, uint256 content) external pure returns (IFairTypes.Metrics memory) {
        return FairMetric.measure(Tally(holders, content));
    }

    /// @inheritdoc IFairOffice
    function seasonAt(uint32 number) external view returns (address) {
        return _seasons[number];
    }

    /// @inheritdoc IFairOffice
    function numberOf(address season) external view returns (uint32) {
        return _numbers[season];
    }

    /// @inheritdoc IFairOffice
    function seasonCount() external view returns (uint32) {
        return _count;
    }

    /// @inheritdoc IFairOffice
    function seasonImplementation() external view returns (address) {
        return _implementation;
    }

    /// @inheritdoc IFairOffice
    function limits() external view returns (Limits memory) {
        return _limits;
    }

    /// @inheritdoc IFairOffice
    function rulesHashOf(IFairTypes.Rules calldata rules, IFairTypes.Beacon calldata beacon)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(RULES_TYPE, rules, keccak256(abi.encode(beacon))));
    }

    /// @inheritdoc IFairOffice
    function acceptanceMessage(address season, bytes32 rulesHash) public view returns (bytes32) {
        return keccak256(abi.encode(ACCEPTANCE_TYPE, block.chainid, season, rulesHash));
    }

    function _cancel(address season, bytes32 reasonHash) private {
        if (_numbers[season] == 0) revert FairOfficeNotSeason(season);
        emit SeasonCancelled(season, msg.sender, reasonHash);
        IFairSeason(season).cancel(reasonHash);
    }

    /// @dev What is left of the strikes in a season: two fewer for every season after the next one.
    function _strikesIn(bytes32 person, uint32 number) private view returns (uint256) {
        Standing memory standing = _standings[person];
        if (number <= standing.season) return standing.strikes;
        uint256 decayed = STRIKES_PER_TIER * (number - standing.season - 1);
        return standing.strikes > decayed ? standing.strikes - decayed : 0;
    }

    function _requireRegistered(address implementation) private view returns (bytes32 codeHash) {
        codeHash = implementation.codehash;
        if (!_releases.isReleased(codeHash)) revert FairOfficeCodeNotRegistered(implementation, codeHash);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Entry} from "./FairEntry.sol";
import {Tally} from "./FairMetric.sol";
import {Terms, Times} from "./FairTerms.sol";
import {IFairOffice} from "./IFairOffice.sol";
import {IFairSeason} from "./IFairSeason.sol";

/// @title What a season stores, and what all its parts share. See IFairSeason for what it promises.
/// @dev A clone: no immutables, no constructor state. Each part of the season is an abstract contract over
/// this one; FairSeason joins them.
abstract contract SeasonState is IFairSeason {
    /// @dev `until` is the application's deadline while no reason was given, and stays when it is withdrawn
    struct Person {
        address applicant;
        uint32 id;
        uint8 reason;
        uint40 until;
    }

    struct Freeze {
        uint32 eligible;
        uint32 refused;
        uint32 withdrawn;
        uint40 height;
        uint40 since;
        uint8 committed;
        uint8 revealed;
        uint40 ranAt;
    }

    struct DrawCursor {
        uint8 pass;
        uint32 processed;
        uint32 expected;
        uint32 nextLive;
        uint32 first;
        uint32 last;
    }

    struct ListCursor {
        uint8 sweep;
        uint32 next;
        bool exhausted;
    }

    struct Timer {
        uint40 until;
        bool appealed;
    }

    bytes32 internal constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant DOMAIN_NAME = keccak256("Veche FairSeason");
    bytes32 internal constant DOMAIN_VERSION = keccak256("1");

    /// @dev verdicts of one call, capacity words of one call
    uint256 internal constant BATCH_MAX = 256;
    uint256 internal constant CAPACITY_WORDS_MAX = 4_096;
    /// @dev in _secrets: seated and silent; 0 is nobody
    bytes32 internal constant SILENT = bytes32(uint256(1));
    bytes32 internal constant REVEALED = bytes32(uint256(2));

    IFairOffice internal _office;
    uint32 internal _number;
    Stage internal _stage;
    uint32 internal _applied;

    bytes32 internal _head;
    Terms internal _terms;
    Times internal _times;
    address internal _attester;
    bytes32 internal _rulesHash;
    bytes32 internal _groupKeyHash;

    uint32 internal _capacityWords;
    bytes32 internal _capacitiesHead;

    Freeze internal _freeze;
    bytes32 internal _freezeBlockHash;
    bytes32 internal _reveals;
    bytes32 internal _seed;

    DrawCursor internal _cursor;
    uint256 internal _lastKey;
    Tally internal _tally;

    /// @dev by id; an array, as is _left, because the draw would pay for the hash of every slot of a mapping
    Entry[2 ** 32] internal _entries;
    /// @dev 16 slots a word, free places
    uint256[CAPACITY_WORDS_MAX] internal _left;
    mapping(uint32 id => bytes32 person) internal _persons;
    mapping(bytes32 person => Person) internal _people;
    mapping(address member => bytes32 word) internal _secrets;
    /// @dev 16 stands a word, places that other categories have
    mapping(uint256 word => uint256) internal _overflow;
    mapping(uint16 slot => ListCursor) internal _lists;
    mapping(uint256 placeKey => Timer) internal _timers;

    modifier onlyOffice() {
        _requireOffice();
        _;
    }

    /// @dev CityAccess decides, with the office as target
    modifier restricted() {
        _requireAllowed();
        _;
    }

    modifier only(Stage needed) {
        if (_stage != needed) _wrongStage();
        _;
    }

    function _requireOffice() private view {
        if (msg.sender != address(_office)) revert FairSeasonUnauthorized(msg.sender);
    }

    /// @dev its own function, so that the byte code holds it once
    function _wrongStage() internal view {
        revert FairSeasonWrongStage(_stage);
    }

    function _requireAllowed() internal view {
        if (!_office.allows(msg.sender, msg.sig)) revert FairSeasonUnauthorized(msg.sender);
    }

    function _enter(Stage to) internal {
        emit StageChanged(_stage, to);
        _stage = to;
    }

    function _notBefore(uint256 from) internal view {
        if (block.timestamp < from) revert FairSeasonTooEarly(block.timestamp, from);
    }

    /// @dev The last second is `until - 1`.
    function _before(uint256 until) internal view {
        if (block.timestamp >= until) revert FairSeasonTooLate(block.timestamp, until);
    }

    /// @dev head' = keccak256(abi.encode(head, kind, id, word))
    function _fold(bytes32 head, uint256 kind, uint256 id, bytes32 word) internal pure returns (bytes32) {
        return keccak256(abi.encode(head, kind, id, word));
    }

    function _signer(bytes32 structHash, bytes calldata signature) internal view returns (address) {
        bytes32 domain =
            keccak256(abi.encode(DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION, block.chainid, address(this)));
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, structHash);
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        return signer;
    }

    /// @dev A zero `needed` never matches a failed recovery: it is refused as well.
    function _requireSigner(address needed, bytes32 structHash, bytes calldata signature) internal view {
        address had = _signer(structHash, signature);
        if (had != needed || had == address(0)) revert FairSeasonSignatureInvalid(had, needed);
    }

    /// @dev Checks an applicant's later act; the applicant of a live application alone can sign it.
    function _requireAct(string memory name, Act calldata act, bytes calldata signature) internal view {
        _before(uint256(act.deadline) + 1);
        bytes32 actType =
            keccak256(bytes.concat(bytes(name), "(uint32 id,uint8 preference,bytes32 note,uint40 deadline)"));
        Person storage person = _people[_persons[act.id]];
        if (person.id != act.id || act.id == 0) revert FairSeasonWrongStatus(act.id, _entries[act.id].status());
        _requireSigner(
            person.applicant,
            keccak256(abi.encode(actType, act.id, act.preference, act.note, act.deadline)),
            signature
        );
    }

    function _keyOf(bytes32 seed_, uint32 id, Entry entry, bool byBlock) internal pure returns (uint256) {
        uint256 hash = uint256(Hashes.efficientKeccak256(seed_, bytes32(uint256(id)))) >> 40;
        return entry.tier() << 248 | (byBlock ? entry.appliedAt() << 216 : 0) | hash;
    }

    function _freeOf(uint256 slot) internal view returns (uint256) {
        return (_left[slot >> 4] >> ((slot & 15) * 16)) & 0xffff;
    }

    function _takePlace(uint256 slot) internal {
        _left[slot >> 4] -= 1 << ((slot & 15) * 16);
    }

    function _overflowAt(uint256 stand) internal view returns (uint256) {
        return (_overflow[stand >> 4] >> ((stand & 15) * 16)) & 0xffff;
    }
}

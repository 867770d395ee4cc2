// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry} from "./FairEntry.sol";
import {Terms, Times} from "./FairTerms.sol";
import {IFairOffice} from "./IFairOffice.sol";
import {SeasonApplications} from "./SeasonApplications.sol";
import {SeasonDraw} from "./SeasonDraw.sol";
import {SeasonPlaces} from "./SeasonPlaces.sol";
import {SeasonRules} from "./SeasonRules.sol";
import {SeasonSeed} from "./SeasonSeed.sol";

/// @title One season of the fairs: see IFairSeason for what it promises.
/// @dev The code of every season's clone. Nothing in it can be changed, and it keeps no state of its own.
contract FairSeason is SeasonRules, SeasonApplications, SeasonSeed, SeasonDraw, SeasonPlaces {
    /// @dev the code itself is no season
    constructor() {
        _stage = Stage.Cancelled;
    }

    function initialize(uint32 number_) external only(Stage.Draft) {
        if (address(_office) != address(0)) revert FairSeasonUnauthorized(msg.sender);
        _office = IFairOffice(msg.sender);
        _number = number_;
    }

    function settle() external only(Stage.Running) {
        _notBefore(_times.weekendEnd(_terms.weekends() - 1) + _terms.appealSeconds());
        _enter(Stage.Settled);
        emit Settled(_office.measure(_tally.holders, _tally.content));
    }

    function cancel(bytes32 reasonHash) external onlyOffice {
        // nobody ends a season because of how the draw came out
        if (_stage > Stage.Frozen) _wrongStage();
        _enter(Stage.Cancelled);
        emit Cancelled(reasonHash);
    }

    function stage() external view returns (Stage) {
        return _stage;
    }

    function office() external view returns (address office_, uint32 number) {
        return (address(_office), _number);
    }

    function rules() external view returns (bytes32 rulesHash, uint256[3] memory terms) {
        return (
            _rulesHash,
            [Terms.unwrap(_terms), Times.unwrap(_times), uint256(uint160(_attester))]
        );
    }

    function capacities() external view returns (uint32 words, bytes32 head) {
        return (_capacityWords, _capacitiesHead);
    }

    function entryOf(uint32 id)
        external
        view
        returns (bytes32 person, address applicant, uint8 reason, uint40 until, uint256 entry)
    {
        person = _persons[id];
        Person memory found = _people[person];
        if (found.id == id) (applicant, reason) = (found.applicant, found.reason);
        if (reason != 0) until = found.until;
        entry = Entry.unwrap(_entries[id]);
    }

    function idOf(bytes32 person) external view returns (uint32) {
        return _people[person].id;
    }

    function counts() external view returns (uint32 applied, uint32 eligible, bytes32 head) {
        return (_applied, _freeze.eligible, _head);
    }

    function freezeBlock() external view returns (uint40 height, bytes32 blockHash) {
        return (_freeze.height, _freezeBlockHash);
    }

    function secretOf(address member) external view returns (bytes32) {
        return _secrets[member];
    }

    function seed() external view returns (bytes32) {
        return _seed;
    }

    function keyOf(uint32 id) external view returns (uint256) {
        if (_seed == 0) revert FairSeasonWrongStage(_stage);
        return _keyOf(_seed, id, _entries[id], _terms.mechanism() == Mechanism.Fcfs);
    }

    function drawState() external view returns (DrawView memory) {
        DrawCursor memory cursor = _cursor;
        return DrawView(
            cursor.pass, cursor.processed, cursor.expected, cursor.first, cursor.last, _lastKey
        );
    }

    function leftOf(uint16 slot) external view returns (uint16) {
        return uint16(_freeOf(slot));
    }

    function overflowOf(uint16 stand) external view returns (uint16) {
        return uint16(_overflowAt(stand));
    }

    function listOf(uint16 slot) external view returns (uint8 sweep, uint32 next, bool exhausted) {
        ListCursor memory list = _lists[slot];
        return (list.sweep, list.next, list.exhausted);
    }

    function untilOf(uint32 id, uint8 preference) external view returns (uint40) {
        return _timers[_placeKey(id, preference)].until;
    }

    function tally() external view returns (uint256 holders, uint256 content) {
        return (_tally.holders, _tally.content);
    }
}

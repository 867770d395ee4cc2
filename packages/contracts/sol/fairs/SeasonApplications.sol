// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, FairEntry} from "./FairEntry.sol";
import {Terms} from "./FairTerms.sol";
import {SeasonState} from "./SeasonState.sol";

/// @title Applications and their review, up to the freeze.
abstract contract SeasonApplications is SeasonState {
    bytes32 internal constant APPLICATION_TYPE = keccak256(
        "Application(bytes32 person,address applicant,uint8 category,uint128 preferences,bytes32 contentC,uint40 deadline)"
    );
    bytes32 internal constant ADMISSION_TYPE = keccak256("Admission(bytes32 person,address applicant)");

    uint256 internal constant APPLY = 1;
    uint256 internal constant WITHDRAW = 2;
    uint256 internal constant VERDICT = 3;
    uint256 internal constant APPEAL = 4;
    uint256 internal constant DECISION = 5;
    uint256 internal constant TIER = 6;

    function submit(Application calldata application, bytes calldata signature, bytes calldata admission)
        external
        only(Stage.Open)
        returns (uint32 id)
    {
        _before(_terms.closesAt());
        _before(uint256(application.deadline) + 1);
        bytes32 structHash = keccak256(abi.encode(APPLICATION_TYPE, application));
        _requireSigner(application.applicant, structHash, signature);
        _requireAdmission(application, admission);
        Person storage person = _people[application.person];
        if (person.id != 0) revert FairSeasonAlreadyApplied(application.person, person.id);
        // what was withdrawn stays withdrawn, although its signature is in everybody's hands
        if (application.deadline <= person.until) {
            revert FairSeasonApplicationUsed(application.person, application.deadline, person.until + 1);
        }

        (uint8 tier, uint8 wanted) = _office.admit(
            application.person, Terms.unwrap(_terms), application.category, application.preferences
        );
        id = ++_applied;
        _entries[id] = FairEntry.create(application.preferences, application.category, tier, wanted);
        _persons[id] = application.person;
        _people[application.person] = Person(application.applicant, id, 0, application.deadline);
        _head = _fold(_head, APPLY, id, structHash);
        emit Applied(
            id,
            application.person,
            application.applicant,
            keccak256(abi.encode(address(this), application.person)),
            application.category,
            tier,
            application.preferences,
            application.contentC,
            application.deadline
        );
    }

    function withdraw(Act calldata act, bytes calldata signature) external only(Stage.Open) {
        _before(_terms.closesAt());
        _requireAct("Withdraw", act, signature);
        Entry entry = _entries[act.id];
        _entries[act.id] = entry.withStatus(Status.Withdrawn);
        Person storage person = _people[_persons[act.id]];
        (person.applicant, person.id) = (address(0), 0);
        ++_freeze.withdrawn;
        _head = _fold(_head, WITHDRAW, act.id, 0);
        emit Withdrawn(act.id);
    }

    function refreshTier(uint32 id) external {
        if (_stage < Stage.Open || _stage > Stage.Review) _wrongStage();
        Entry entry = _entries[id];
        if (!entry.isEligible()) revert FairSeasonWrongStatus(id, entry.status());
        uint8 tier = _office.tierOf(_persons[id], _number);
        _entries[id] = entry.withTier(tier);
        _head = _fold(_head, TIER, id, bytes32(uint256(tier)));
        emit TierChanged(id, tier);
    }

    function close() external only(Stage.Open) {
        _notBefore(_terms.closesAt());
        _enter(Stage.Closed);
        emit Closed(_applied, _head);
    }

    function review(Verdict[] calldata verdicts) external restricted {
        if (_stage < Stage.Closed || _stage > Stage.Review) _wrongStage();
        if (_stage == Stage.Closed) _enter(Stage.Review);
        _before(_terms.reviewUntil());
        if (verdicts.length == 0 || verdicts.length > BATCH_MAX) {
            revert FairSeasonBatchInvalid(verdicts.length, BATCH_MAX);
        }
        uint40 until = uint40(block.timestamp + _terms.appealSeconds());
        uint32 refused = 0;
        bytes32 head = _head;
        for (uint256 i = 0; i < verdicts.length; ++i) {
            Verdict calldata verdict = verdicts[i];
            Entry entry = _entries[verdict.id];
            if (entry.status() != Status.Applied) revert FairSeasonWrongStatus(verdict.id, entry.status());
            bool isRefusal = verdict.code != 0;
            _entries[verdict.id] = entry.withStatus(isRefusal ? Status.Refused : Status.Eligible);
            if (isRefusal) {
                ++refused;
                Person storage person = _people[_persons[verdict.id]];
                person.reason = verdict.code;
                person.until = until;
            }
            head = _fold(head, VERDICT, verdict.id, bytes32(uint256(verdict.code)));
            emit Reviewed(verdict.id, verdict.code, isRefusal ? until : 0);
        }
        _head = head;
        _freeze.refused += refused;
    }

    function appeal(Act calldata act, bytes calldata signature) external only(Stage.Review) {
        _requireAct("AppealRefusal", act, signature);
        Entry entry = _entries[act.id];
        if (entry.status() != Status.Refused) revert FairSeasonWrongStatus(act.id, entry.status());
        Person storage person = _people[_persons[act.id]];
        _before(person.until);
        uint40 until = uint40(block.timestamp + _terms.appealSeconds());
        person.until = until;
        --_freeze.refused;
        _entries[act.id] = entry.withStatus(Status.Appealed);
        _head = _fold(_head, APPEAL, act.id, act.note);
        emit Appealed(act.id, act.note, until);
    }

    function decideAppeal(uint32 id, bool upheld) external restricted only(Stage.Review) {
        Entry entry = _entries[id];
        if (entry.status() != Status.Appealed) revert FairSeasonWrongStatus(id, entry.status());
        _before(_people[_persons[id]].until);
        _entries[id] = entry.withStatus(upheld ? Status.Eligible : Status.RefusedFinally);
        if (!upheld) ++_freeze.refused;
        _head = _fold(_head, DECISION, id, bytes32(uint256(upheld ? 1 : 0)));
        emit AppealDecided(id, upheld);
    }

    function freeze() external {
        if (_stage < Stage.Closed || _stage > Stage.Review) _wrongStage();
        _notBefore(_terms.reviewUntil() + 2 * _terms.appealSeconds());
        uint32 eligible = _applied - _freeze.refused - _freeze.withdrawn;
        _freeze.eligible = eligible;
        _freeze.height = uint40(block.number);
        _freeze.since = uint40(block.timestamp);
        // all of them have nothing
        _tally.holders = eligible;
        _enter(Stage.Frozen);
        emit Frozen(eligible, _head, uint40(block.number));
    }

    function _requireAdmission(Application calldata application, bytes calldata admission) private view {
        address attester = _attester;
        if (attester == address(0)) {
            // one key, one person: nobody can take another's place in the season
            if (application.person != bytes32(uint256(uint160(application.applicant)))) {
                revert FairSeasonPersonInvalid(application.person);
            }
        } else {
            bytes32 structHash =
                keccak256(abi.encode(ADMISSION_TYPE, application.person, application.applicant));
            _requireSigner(attester, structHash, admission);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Equivocation} from "./Equivocation.sol";
import {IValidatorSet} from "./IValidatorSet.sol";
import {SetMath} from "./SetMath.sol";

/// @title ValidatorSet: see IValidatorSet for what it promises.
/// @dev Loops run over members and observers only, at most VALIDATORS_MAX and OBSERVERS_MAX. No
/// immutables, so the deployed code equals the compiler's output byte for byte.
contract ValidatorSet is IValidatorSet {
    /// @dev also in TypeScript (primitives/src/limits.ts)
    uint256 public constant VALIDATORS_MAX = 100;
    uint256 public constant OBSERVERS_MAX = 32;
    /// @dev n = 3f + 1 with f = 1; a chain that starts with fewer never shrinks
    uint256 public constant MEMBERS_MIN = 4;
    /// @dev how long a candidate's word counts: a node that was in step an hour ago may be dead by now
    uint256 public constant READY_SECONDS = 3_600;

    struct Delays {
        uint40 vetoWindowSeconds;
        uint40 lifetimeSeconds;
        uint40 activationDelayBlocks;
    }

    /// @dev changes of one block, counted against the set the block began with
    struct BlockChanges {
        uint64 height;
        uint32 count;
        uint32 max;
    }

    struct Member {
        bytes32 organisation;
        /// @dev number of set changes when it was seated: who was a member when
        uint40 since;
        bool active;
        /// @dev still seated and signing, but without a vote here and not counted in _seats
        bool leaving;
    }

    address[] private _validators;
    mapping(address => Member) private _members;
    mapping(bytes32 organisation => uint256) private _seats;
    mapping(address => bool) private _observers;
    /// @dev ids start at 1; several may name one member, so that nobody can block a change by proposing it
    mapping(uint256 id => Proposal) private _proposals;
    mapping(uint256 id => mapping(address => bool)) private _approvals;
    uint256 private _proposalCount;
    uint40 private _epoch;
    Delays private _delays;
    BlockChanges private _blockChanges;
    /// @dev for ever: a key that signed twice is worth nothing
    mapping(address member => bytes32 evidenceHash) private _suspensions;

    modifier onlyValidator() {
        if (!_members[msg.sender].active) revert ValidatorSetNotValidator(msg.sender);
        if (_members[msg.sender].leaving) revert ValidatorSetLeaving(msg.sender);
        _;
    }

    modifier onlyObserver() {
        if (!_observers[msg.sender]) revert ValidatorSetNotObserver(msg.sender);
        _;
    }

    constructor(Setup memory setup) {
        uint256 n = setup.validators.length;
        uint256 observers = setup.observers.length;
        if (n == 0 || n > VALIDATORS_MAX || setup.organisations.length != n) revert ValidatorSetSetupInvalid();
        if (observers == 0 || observers > OBSERVERS_MAX) revert ValidatorSetSetupInvalid();
        if (setup.activationDelayBlocks == 0) revert ValidatorSetSetupInvalid();
        if (setup.lifetimeSeconds <= setup.vetoWindowSeconds) revert ValidatorSetSetupInvalid();
        for (uint256 i = 0; i < n; ++i) {
            address member = setup.validators[i];
            address previous = i == 0 ? address(0) : setup.validators[i - 1];
            if (member <= previous) revert ValidatorSetNotAscending(member, previous);
            _validators.push(member);
            _seat(0, member, setup.organisations[i]);
        }
        for (uint256 i = 0; i < observers; ++i) _addObserver(setup.observers[i]);
        _requireSeats(n);
        _delays = Delays(setup.vetoWindowSeconds, setup.lifetimeSeconds, setup.activationDelayBlocks);
        emit SetChanged(SetMath.rlpHash(_validators), n);
    }

    /// @inheritdoc IValidatorSet
    function getValidators() external view returns (address[] memory) {
        return _validators;
    }

    /// @inheritdoc IValidatorSet
    function setHash() external view returns (bytes32) {
        return SetMath.rlpHash(_validators);
    }

    /// @inheritdoc IValidatorSet
    function proposeAdd(address member, bytes32 organisation) external onlyValidator returns (uint256 id) {
        return _proposeAdd(member, organisation, address(0));
    }

    /// @inheritdoc IValidatorSet
    function proposeRemove(address member) external onlyValidator returns (uint256 id) {
        if (!_members[member].active) revert ValidatorSetNotMember(member);
        return _propose(Kind.Remove, member, _members[member].organisation, address(0));
    }

    /// @inheritdoc IValidatorSet
    function proposeReplace(address member, address by) external onlyValidator returns (uint256 id) {
        if (!_members[member].active) revert ValidatorSetNotMember(member);
        return _proposeAdd(by, _members[member].organisation, member);
    }

    /// @inheritdoc IValidatorSet
    function approve(uint256 id) external onlyValidator {
        Proposal storage proposal = _requireLive(id, Stage.Open);
        if (_members[msg.sender].since > proposal.epoch) revert ValidatorSetJoinedLater(msg.sender, id);
        if (_approvals[id][msg.sender]) revert ValidatorSetAlreadyApproved(id, msg.sender);
        _approve(id, proposal);
    }

    /// @inheritdoc IValidatorSet
    function veto(uint256 id, bytes32 reasonHash) external onlyObserver {
        _requireLive(id, Stage.Open).stage = Stage.Vetoed;
        emit Vetoed(id, msg.sender, reasonHash);
    }

    /// @inheritdoc IValidatorSet
    function schedule(uint256 id) external {
        Proposal storage proposal = _requireLive(id, Stage.Open);
        _requireApproved(id, proposal);
        if (block.timestamp < proposal.vetoUntil) revert ValidatorSetVetoWindowOpen(id, proposal.vetoUntil);
        proposal.stage = Stage.Scheduled;
        proposal.activationHeight = uint40(block.number) + _delays.activationDelayBlocks;
        emit Scheduled(id, proposal.activationHeight);
    }

    /// @inheritdoc IValidatorSet
    function confirmReady(uint256 id, uint256 height, bytes32 blockHash) external {
        Proposal storage proposal = _proposals[id];
        if (proposal.stage != Stage.Scheduled) {
            _requireLive(id, Stage.Open);
            _requireApproved(id, proposal);
        } else {
            _requireLive(id, Stage.Scheduled);
        }
        if (proposal.kind != Kind.Add || proposal.member != msg.sender) {
            revert ValidatorSetNotCandidate(msg.sender, id);
        }
        if (blockHash == 0 || blockhash(height) != blockHash) {
            revert ValidatorSetBlockUnknown(height, blockHash);
        }
        proposal.readyAt = uint40(block.timestamp);
        emit Ready(id, msg.sender, height);
    }

    /// @inheritdoc IValidatorSet
    function activate(uint256 id) external {
        Proposal storage proposal = _requireLive(id, Stage.Scheduled);
        if (block.number < proposal.activationHeight) {
            revert ValidatorSetBeforeHeight(id, block.number, proposal.activationHeight);
        }
        proposal.stage = Stage.Activated;
        if (proposal.kind == Kind.Add) _add(id, proposal);
        else _remove(id, proposal);
    }

    /// @inheritdoc IValidatorSet
    function reportMalicious(address validator, uint256 blockNumber, bytes calldata proof) external {
        if (!_members[validator].active) revert ValidatorSetNotMember(validator);
        if (_suspensions[validator] != 0) revert ValidatorSetSuspended(validator);
        bytes32 evidenceHash = Equivocation.judge(proof, validator, blockNumber);
        _suspensions[validator] = evidenceHash;
        emit Suspended(validator, evidenceHash, blockNumber, msg.sender);
        if (!_members[validator].leaving) _leave(validator, 0);
        // the limits may keep it seated for now: then anybody unseats it later
        try this.unseat(validator) {} catch {}
    }

    /// @inheritdoc IValidatorSet
    function unseat(address member) external {
        if (!_members[member].leaving) revert ValidatorSetNotLeaving(member);
        _unseat(0, member);
    }

    /// @inheritdoc IValidatorSet
    function replaceObserver(address to) external onlyObserver {
        _observers[msg.sender] = false;
        _addObserver(to);
        emit ObserverReplaced(msg.sender, to);
    }

    /// @inheritdoc IValidatorSet
    function proposalOf(uint256 id) external view returns (Proposal memory) {
        return _proposals[id];
    }

    /// @inheritdoc IValidatorSet
    function proposalCount() external view returns (uint256) {
        return _proposalCount;
    }

    /// @inheritdoc IValidatorSet
    function hasApproved(uint256 id, address validator) external view returns (bool) {
        return _approvals[id][validator];
    }

    /// @inheritdoc IValidatorSet
    function organisationOf(address member) external view returns (bytes32) {
        return _members[member].organisation;
    }

    /// @inheritdoc IValidatorSet
    function seatsOf(bytes32 organisation) external view returns (uint256) {
        return _seats[organisation];
    }

    /// @inheritdoc IValidatorSet
    function isLeaving(address member) external view returns (bool) {
        return _members[member].leaving;
    }

    /// @inheritdoc IValidatorSet
    function suspensionOf(address member) external view returns (bytes32) {
        return _suspensions[member];
    }

    /// @inheritdoc IValidatorSet
    function isObserver(address account) external view returns (bool) {
        return _observers[account];
    }

    /// @inheritdoc IValidatorSet
    function delays()
        external
        view
        returns (uint40 vetoWindowSeconds, uint40 lifetimeSeconds, uint40 activationDelayBlocks)
    {
        return (_delays.vetoWindowSeconds, _delays.lifetimeSeconds, _delays.activationDelayBlocks);
    }

    function _proposeAdd(address member, bytes32 organisation, address replaces)
        private
        returns (uint256 id)
    {
        if (member == address(0) || organisation == 0) revert ValidatorSetZeroValue();
        if (_members[member].active) revert ValidatorSetAlreadyMember(member);
        if (_suspensions[member] != 0) revert ValidatorSetSuspended(member);
        return _propose(Kind.Add, member, organisation, replaces);
    }

    function _propose(Kind kind, address member, bytes32 organisation, address replaces)
        private
        returns (uint256 id)
    {
        id = ++_proposalCount;
        uint8 needed = uint8(SetMath.quorum(_validators.length));
        uint40 vetoUntil = uint40(block.timestamp) + _delays.vetoWindowSeconds;
        uint40 expiresAt = uint40(block.timestamp) + _delays.lifetimeSeconds;
        _proposals[id] =
            Proposal(kind, Stage.Open, 0, needed, _epoch, vetoUntil, expiresAt, 0, 0, member, organisation, replaces);
        emit Proposed(id, kind, member, organisation, msg.sender, replaces, needed, vetoUntil, expiresAt);
        _approve(id, _proposals[id]);
    }

    function _approve(uint256 id, Proposal storage proposal) private {
        _approvals[id][msg.sender] = true;
        emit Approved(id, msg.sender, ++proposal.approvals);
    }

    function _requireLive(uint256 id, Stage needed) private view returns (Proposal storage proposal) {
        proposal = _proposals[id];
        if (proposal.stage != needed) revert ValidatorSetWrongStage(id, proposal.stage, needed);
        if (block.timestamp >= proposal.expiresAt) revert ValidatorSetExpired(id, proposal.expiresAt);
    }

    function _requireApproved(uint256 id, Proposal storage proposal) private view {
        if (proposal.approvals < proposal.needed) {
            revert ValidatorSetApprovalsMissing(id, proposal.approvals, proposal.needed);
        }
    }

    /// @dev The engine compares the sets of consecutive heights, so changes are counted per block.
    function _countChange() private {
        BlockChanges memory changes = _blockChanges;
        if (changes.height != block.number) {
            changes = BlockChanges(uint64(block.number), 0, uint32(SetMath.changesMax(_validators.length)));
        }
        if (++changes.count > changes.max) revert ValidatorSetTooManyChanges(changes.count, changes.max);
        _blockChanges = changes;
    }

    function _add(uint256 id, Proposal storage proposal) private {
        _countChange();
        uint256 n = _validators.length + 1;
        if (n > VALIDATORS_MAX) revert ValidatorSetTooMany(n, VALIDATORS_MAX);
        address member = proposal.member;
        if (_members[member].active) revert ValidatorSetAlreadyMember(member);
        if (_suspensions[member] != 0) revert ValidatorSetSuspended(member);
        if (block.timestamp >= proposal.readyAt + READY_SECONDS) {
            revert ValidatorSetNotReady(id, proposal.readyAt);
        }
        address replaced = proposal.replaces;
        if (replaced != address(0)) {
            _requireSeatedSince(replaced, proposal.epoch);
            if (!_members[replaced].leaving) _leave(replaced, id);
        }
        ++_epoch;
        _seat(id, member, proposal.organisation);
        uint256 seats = _seats[proposal.organisation];
        if (seats > SetMath.seatsMax(n)) {
            revert ValidatorSetSeatsExceeded(proposal.organisation, seats, SetMath.seatsMax(n));
        }
        _validators.push(member);
        uint256 i = n - 1;
        for (; i > 0 && _validators[i - 1] > member; --i) _validators[i] = _validators[i - 1];
        _validators[i] = member;
        emit SetChanged(SetMath.rlpHash(_validators), n);
    }

    function _remove(uint256 id, Proposal storage proposal) private {
        _requireSeatedSince(proposal.member, proposal.epoch);
        _unseat(id, proposal.member);
    }

    /// @dev Two proposals may name one member; the second finds it gone, or seated anew since.
    function _requireSeatedSince(address member, uint40 epoch) private view {
        if (!_members[member].active || _members[member].since > epoch) revert ValidatorSetNotMember(member);
    }

    function _leave(address member, uint256 id) private {
        _members[member].leaving = true;
        --_seats[_members[member].organisation];
        emit Leaving(member, id);
    }

    function _unseat(uint256 id, address member) private {
        _countChange();
        uint256 n = _validators.length - 1;
        if (n < MEMBERS_MIN) revert ValidatorSetTooFew(n, MEMBERS_MIN);
        bytes32 organisation = _members[member].organisation;
        uint256 i = 0;
        while (_validators[i] != member) ++i;
        for (; i < n; ++i) _validators[i] = _validators[i + 1];
        _validators.pop();
        if (!_members[member].leaving) --_seats[organisation];
        delete _members[member];
        ++_epoch;
        _requireSeats(n);
        emit Activated(id, Kind.Remove, member, organisation);
        emit SetChanged(SetMath.rlpHash(_validators), n);
    }

    function _seat(uint256 id, address member, bytes32 organisation) private {
        if (organisation == 0) revert ValidatorSetZeroValue();
        _members[member] = Member(organisation, _epoch, true, false);
        ++_seats[organisation];
        emit Activated(id, Kind.Add, member, organisation);
    }

    /// @dev A smaller set lowers the cap for everybody. A set below MEMBERS_MIN has a cap of one.
    function _requireSeats(uint256 n) private view {
        uint256 max = SetMath.seatsMax(n);
        for (uint256 i = 0; i < n; ++i) {
            bytes32 organisation = _members[_validators[i]].organisation;
            if (_seats[organisation] > max) {
                revert ValidatorSetSeatsExceeded(organisation, _seats[organisation], max);
            }
        }
    }

    function _addObserver(address observer) private {
        if (observer == address(0)) revert ValidatorSetZeroValue();
        if (_observers[observer]) revert ValidatorSetAlreadyObserver(observer);
        _observers[observer] = true;
    }
}

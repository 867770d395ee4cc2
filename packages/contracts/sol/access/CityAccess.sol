// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {ICityAccess} from "./ICityAccess.sol";

/// @title CityAccess: see ICityAccess for what it promises.
/// @dev Not upgradable and without immutables. The constructor takes the whole table because genesis runs it; while
/// it runs, `_setback` and `_adminDelayMin` are 0, so that what it sets is in force from the first block on.
contract CityAccess is ICityAccess, AccessManager {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.UintSet;
    using Time for Time.Delay;
    using Time for uint32;

    uint64 public constant OBSERVERS_ROLE = 1;
    /// @dev a name, not a text
    uint256 public constant LABEL_BYTES_MAX = 64;
    /// @dev how many are looked at for one in force when one goes; a city has a handful
    uint256 private constant OBSERVERS_SEEN_MAX = 32;

    uint32 private _adminDelayMin;
    uint32 private _setback;
    EnumerableSet.UintSet private _roleIds;
    mapping(uint64 roleId => string label) private _labels;
    mapping(uint64 roleId => EnumerableSet.AddressSet accounts) private _members;
    mapping(address target => mapping(bytes4 selector => Time.Delay delay)) private _functionDelays;

    constructor(CityAccessSetup memory setup) AccessManager(_firstAdmin(setup)) {
        for (uint256 i = 0; i < setup.admins.length; ++i) _grantRole(ADMIN_ROLE, setup.admins[i], 0, setup.adminDelay);
        _setLabel(ADMIN_ROLE, "ADMIN");
        for (uint256 i = 0; i < setup.roles.length; ++i) _setUpRole(setup.roles[i]);
        if (_members[OBSERVERS_ROLE].length() == 0) revert CityAccessSetupRefused(OBSERVERS_ROLE);
        for (uint256 i = 0; i < setup.functions.length; ++i) _setUpFunctions(setup.functions[i], setup.targetDelay);
        _setTargetAdminDelay(address(this), setup.targetDelay);
        _adminDelayMin = setup.adminDelay;
        _setback = setup.setback;
    }

    /// @inheritdoc ICityAccess
    function objectToGrant(uint64 roleId, address account) external {
        if (!_isObserver(msg.sender)) revert CityAccessNotObserver(msg.sender);
        (uint48 since,,,) = getAccess(roleId, account);
        if (since <= Time.timestamp()) revert CityAccessGrantNotPending(roleId, account, since);
        _revokeRole(roleId, account);
        emit GrantObjected(roleId, account, msg.sender);
    }

    /// @inheritdoc ICityAccess
    function setFunctionDelay(address target, bytes4[] calldata selectors, uint32 delay) external onlyAuthorized {
        for (uint256 i = 0; i < selectors.length; ++i) _setFunctionDelay(target, selectors[i], delay);
    }

    /// @inheritdoc AccessManager
    function labelRole(uint64 roleId, string calldata label) public override {
        super.labelRole(roleId, label);
        _setLabel(roleId, label);
    }

    /// @inheritdoc AccessManager
    /// @dev With the function's own delay on top: `grantRole(role, account, 0)` buys nobody a short cut.
    function canCall(address caller, address target, bytes4 selector)
        public
        view
        override
        returns (bool immediate, uint32 delay)
    {
        (immediate, delay) = super.canCall(caller, target, selector);
        // a call out of `execute`, which asked already; or a refusal
        if (caller == address(this) || (!immediate && delay == 0)) return (immediate, delay);
        delay = uint32(Math.max(delay, _functionDelays[target][selector].get()));
        immediate = delay == 0;
    }

    /// @inheritdoc AccessManager
    function minSetback() public view override returns (uint32) {
        return _setback;
    }

    /// @inheritdoc ICityAccess
    function functionDelay(address target, bytes4 selector)
        external
        view
        returns (uint32 current, uint32 pending, uint48 effect)
    {
        return _functionDelays[target][selector].getFull();
    }

    /// @inheritdoc ICityAccess
    function adminDelayMin() external view returns (uint32) {
        return _adminDelayMin;
    }

    /// @inheritdoc ICityAccess
    function roleIds(uint256 from, uint256 count) external view returns (uint64[] memory ids) {
        uint256[] memory values = _roleIds.values(from, Math.saturatingAdd(from, count));
        ids = new uint64[](values.length);
        for (uint256 i = 0; i < values.length; ++i) ids[i] = uint64(values[i]);
    }

    /// @inheritdoc ICityAccess
    function labelOf(uint64 roleId) external view returns (string memory) {
        return _labels[roleId];
    }

    /// @inheritdoc ICityAccess
    function membersOf(uint64 roleId, uint256 from, uint256 count) external view returns (address[] memory members) {
        return _members[roleId].values(from, Math.saturatingAdd(from, count));
    }

    function _firstAdmin(CityAccessSetup memory setup) private pure returns (address) {
        if (setup.admins.length == 0) revert CityAccessSetupRefused(ADMIN_ROLE);
        return setup.admins[0];
    }

    function _setUpRole(RoleSetup memory role) private {
        if (bytes(_labels[role.id]).length != 0) revert CityAccessSetupRefused(role.id);
        _setLabel(role.id, role.label);
        emit RoleLabel(role.id, role.label);
        _setRoleAdmin(role.id, role.admin);
        _setRoleGuardian(role.id, OBSERVERS_ROLE);
        _setGrantDelay(role.id, role.grantDelay);
        for (uint256 i = 0; i < role.members.length; ++i) {
            _grantRole(role.id, role.members[i], 0, role.executionDelay);
        }
    }

    function _setUpFunctions(FunctionSetup memory row, uint32 targetDelay) private {
        if (getTargetAdminDelay(row.target) != targetDelay) _setTargetAdminDelay(row.target, targetDelay);
        for (uint256 i = 0; i < row.selectors.length; ++i) {
            _setTargetFunctionRole(row.target, row.selectors[i], row.role);
            _setFunctionDelay(row.target, row.selectors[i], row.delay);
        }
    }

    function _setLabel(uint64 roleId, string memory label) private {
        if (bytes(label).length > LABEL_BYTES_MAX) {
            revert CityAccessLabelTooLong(bytes(label).length, LABEL_BYTES_MAX);
        }
        _roleIds.add(roleId);
        _labels[roleId] = label;
    }

    function _setFunctionDelay(address target, bytes4 selector, uint32 delay) private {
        (Time.Delay updated, uint48 effect) = _functionDelays[target][selector].withUpdate(delay, minSetback());
        _functionDelays[target][selector] = updated;
        emit FunctionDelayUpdated(target, selector, delay, effect);
    }

    function _isObserver(address account) private view returns (bool isMember) {
        (isMember,) = hasRole(OBSERVERS_ROLE, account);
    }

    function _grantRole(uint64 roleId, address account, uint32 grantDelay, uint32 executionDelay)
        internal
        override
        returns (bool newMember)
    {
        if (roleId == ADMIN_ROLE && executionDelay < _adminDelayMin) {
            revert CityAccessDelayTooShort(roleId, executionDelay, _adminDelayMin);
        }
        newMember = super._grantRole(roleId, account, grantDelay, executionDelay);
        if (newMember) {
            _roleIds.add(roleId);
            _members[roleId].add(account);
        }
    }

    function _revokeRole(uint64 roleId, address account) internal override returns (bool revoked) {
        revoked = super._revokeRole(roleId, account);
        if (revoked) _members[roleId].remove(account);
        if (revoked && roleId == OBSERVERS_ROLE && !_isObserved()) revert CityAccessLastObserver(account);
    }

    /// @dev Whether an observer is in force: one whose grant still waits objects to nothing.
    function _isObserved() private view returns (bool) {
        EnumerableSet.AddressSet storage observers = _members[OBSERVERS_ROLE];
        uint256 count = Math.min(observers.length(), OBSERVERS_SEEN_MAX);
        for (uint256 i = 0; i < count; ++i) if (_isObserver(observers.at(i))) return true;
        return false;
    }

    /// @dev Whatever the roles say, observers may cancel: no change of a guardian takes that from them.
    function _canCancel(address caller, address target, bytes calldata data) internal view override returns (bool) {
        return super._canCancel(caller, target, data) || _isObserver(msg.sender);
    }
}

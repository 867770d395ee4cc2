// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityUpgradeable} from "./CityUpgradeable.sol";
import {IQuotaPolicy} from "./IQuotaPolicy.sol";

/// @title QuotaPolicy: see IQuotaPolicy for what it promises.
/// @dev Nodes read the slots below directly at each head (packages/contracts/src/access/quota-policy.ts), so the layout is
/// part of the interface: later releases may append variables and move none.
contract QuotaPolicy is IQuotaPolicy, CityUpgradeable {
    uint64 public constant UNLIMITED = type(uint64).max;
    uint256 public constant BATCH_MAX = 64;
    /// @dev a node calls them with a gas ceiling each; a city has a handful of elections at a time
    uint256 public constant ADMITTERS_MAX = 16;

    mapping(uint16 class => Quota) private _quotas;
    mapping(address sender => uint16 class) private _classes;
    mapping(address admitter => bool) private _admitters;
    uint256 private _admitterCount;

    /// @notice Called once by the proxy.
    /// @param cityAccess who may do what
    /// @param releases what the proxy may be upgraded to
    /// @param classes the classes of the first day, class 0 among them
    function initialize(address cityAccess, address releases, ClassSetup[] calldata classes) external initializer {
        __CityUpgradeable_init(cityAccess, releases);
        for (uint256 i = 0; i < classes.length; ++i) {
            _setQuota(classes[i].class, classes[i].quota);
            _setClass(classes[i].members, classes[i].class);
        }
    }

    /// @inheritdoc IQuotaPolicy
    function setQuota(uint16 class, Quota calldata quota) external restricted {
        _setQuota(class, quota);
    }

    /// @inheritdoc IQuotaPolicy
    function setClass(address[] calldata senders, uint16 class) external restricted {
        if (senders.length > BATCH_MAX) revert QuotaPolicyBatchTooLong(senders.length, BATCH_MAX);
        _setClass(senders, class);
    }

    /// @inheritdoc IQuotaPolicy
    function setAdmitter(address admitter, bool allowed) external restricted {
        if (_admitters[admitter] == allowed) revert QuotaPolicyUnchanged(admitter, allowed);
        if (allowed && admitter.code.length == 0) revert QuotaPolicyNoCode(admitter);
        if (allowed && _admitterCount == ADMITTERS_MAX) revert QuotaPolicyAdmittersFull(ADMITTERS_MAX);
        _admitters[admitter] = allowed;
        _admitterCount = allowed ? _admitterCount + 1 : _admitterCount - 1;
        emit AdmitterSet(admitter, allowed);
    }

    /// @inheritdoc IQuotaPolicy
    function classOf(address sender) external view returns (uint16) {
        return _classes[sender];
    }

    /// @inheritdoc IQuotaPolicy
    function quotaOf(uint16 class) external view returns (Quota memory) {
        return _quotas[class];
    }

    /// @inheritdoc IQuotaPolicy
    function isAdmitter(address admitter) external view returns (bool) {
        return _admitters[admitter];
    }

    /// @inheritdoc IQuotaPolicy
    function admitterCount() external view returns (uint256) {
        return _admitterCount;
    }

    function _setQuota(uint16 class, Quota calldata quota) private {
        emit QuotaSet(class, _quotas[class], quota);
        _quotas[class] = quota;
    }

    function _setClass(address[] calldata senders, uint16 class) private {
        for (uint256 i = 0; i < senders.length; ++i) {
            emit ClassSet(senders[i], _classes[senders[i]], class);
            _classes[senders[i]] = class;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The one question that the register of titles asks the IdentityRegistry.
interface ITitleIdentities {
    /// @notice Whether an account acts for an identity now.
    /// @param idC the identity's commitment
    /// @param account the account
    /// @return true while the identity is active and the account is its key
    function isController(bytes32 idC, address account) external view returns (bool);
}

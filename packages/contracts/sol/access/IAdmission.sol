// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What an admitter answers to a node that asks whether to take a transaction in.
interface IAdmission {
    /// @notice Whether this call would be good now. A node asks with a bounded gas and admits one transaction for
    /// each nullifier; it never asks about blocks.
    /// @param sender who signed the transaction
    /// @param data its calldata
    /// @return admissible whether the credential in it is good and not used
    /// @return nullifier what it uses up
    function isAdmissible(address sender, bytes calldata data)
        external
        view
        returns (bool admissible, bytes32 nullifier);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Makes department accounts.
 * @notice Clones (ERC-1167) of one code that ReleaseRegistry knows, at addresses that follow from the account's first
 * signers: who makes the account does not matter, and nobody else's account can take its address.
 *
 * @custom:states
 * [*] --> Made: create
 */
interface IDepartmentFactory {
    /// @notice An account was made.
    /// @param account its address
    /// @param creator who sent the transaction
    /// @param salt that tells accounts of the same signers apart
    event DepartmentCreated(address indexed account, address indexed creator, bytes32 salt);

    /// @notice The account exists.
    error DepartmentFactoryExists(address account);
    /// @notice ReleaseRegistry does not know the code of the implementation.
    error DepartmentFactoryCodeUnknown(bytes32 had);
    /// @notice A zero address at construction.
    error DepartmentFactoryZeroValue();

    /// @notice Makes and sets up an account. Anybody.
    /// @param signers ERC-7913 signers
    /// @param weights of each
    /// @param threshold the weight that must sign
    /// @param salt any; tells accounts of the same signers apart
    /// @return account its address
    function create(bytes[] calldata signers, uint64[] calldata weights, uint64 threshold, bytes32 salt)
        external
        returns (address account);

    /// @notice The address that `create` gives.
    /// @param signers ERC-7913 signers
    /// @param weights of each
    /// @param threshold the weight that must sign
    /// @param salt as for `create`
    /// @return its address
    function addressOf(bytes[] calldata signers, uint64[] calldata weights, uint64 threshold, bytes32 salt)
        external
        view
        returns (address);

    /// @notice The code that accounts run.
    /// @return its address
    function implementation() external view returns (address);
}

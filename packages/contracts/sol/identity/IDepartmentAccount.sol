// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title A department of the city as an account that several people hold together.
 * @notice The account has signers, each with a weight, and a threshold: whatever weighs at least the threshold acts.
 * A signer is an address (secp256k1 or another ERC-1271 account), a P-256 key or a passkey (CitySigners). Anybody
 * relays what they signed; the account then calls the target by itself, so that roles in CityAccess belong to the
 * account and outlive its people. Signers change only by the account's own decision. No upgrades, no owner.
 *
 * Signatures are abi.encode(bytes[] signers, bytes[] signatures), best in ascending order of keccak256(signer).
 *
 * @custom:states
 * [*] --> Ready: initialize (by the factory)
 * Ready --> Ready: execute, configure
 */
interface IDepartmentAccount {
    /// @notice The account called a target.
    /// @param nonce key ‖ sequence it used
    /// @param target whom it called
    /// @param relayer who sent the transaction
    /// @param dataHash keccak256 of the calldata
    event Executed(uint256 indexed nonce, address indexed target, address indexed relayer, bytes32 dataHash);
    /// @notice The account's signers changed; with ERC7913SignerAdded, …Removed, …WeightChanged of each.
    /// @param signers how many there are now
    /// @param totalWeight what they weigh together
    /// @param threshold what must sign
    event Configured(uint256 signers, uint64 totalWeight, uint64 threshold);

    /// @notice The nonce is not the next of its key.
    error DepartmentAccountNonce(uint256 had, uint256 needed);
    /// @notice The signed call is too old.
    error DepartmentAccountExpired(uint64 deadline, uint256 now_);
    /// @notice The signatures do not weigh enough, or one of them is not by its signer over this message.
    error DepartmentAccountSignatures(bytes32 digest);
    /// @notice Only the account itself may do this.
    error DepartmentAccountNotSelf(address caller);
    /// @notice More signers than SIGNERS_MAX.
    error DepartmentAccountTooManySigners(uint256 had, uint256 max);
    /// @notice A signer that is no proper key, or the account itself.
    error DepartmentAccountSignerImproper(bytes signer);
    /// @notice A weight above WEIGHT_MAX.
    error DepartmentAccountWeightOutOfRange(bytes signer, uint64 had, uint64 max);

    /// @notice Sets a new clone up. Once; the factory does it in the transaction that makes the clone.
    /// @param signers ERC-7913 signers, 1 to SIGNERS_MAX
    /// @param weights of each, 1 to WEIGHT_MAX
    /// @param threshold the weight that must sign
    function initialize(bytes[] calldata signers, uint64[] calldata weights, uint64 threshold) external;

    /// @notice Calls a target as the department. Anybody relays it.
    /// @param target a contract
    /// @param data calldata
    /// @param nonce key ‖ sequence, the next of its key (see nonceOf): one key for each queue of work
    /// @param deadline unix seconds until which the signatures are good
    /// @param signatures DepartmentCall(target,data,nonce,deadline) by signers that weigh enough
    /// @return what the target returned
    function execute(
        address target, bytes calldata data, uint256 nonce, uint64 deadline, bytes calldata signatures
    ) external returns (bytes memory);

    /// @notice Changes signers, weights and threshold in one step. Only by the account itself, through `execute`.
    /// @param removed signers that go
    /// @param signers signers that come, or stay with another weight
    /// @param weights of each
    /// @param newThreshold the weight that must sign from now on
    function configure(
        bytes[] calldata removed, bytes[] calldata signers, uint64[] calldata weights, uint64 newThreshold
    ) external;

    /// @notice The next nonce of a key.
    /// @param key any number; queues of different keys do not wait for each other
    /// @return key ‖ sequence
    function nonceOf(uint192 key) external view returns (uint256);

    /// @notice ERC-1271. Signers sign DepartmentMessage(hash) in this account's domain, so that what
    /// one signer signs for one department speaks for no other.
    /// @param hash what the department says
    /// @param signatures by signers that weigh enough
    /// @return 0x1626ba7e, or 0xffffffff
    function isValidSignature(bytes32 hash, bytes calldata signatures) external view returns (bytes4);
}

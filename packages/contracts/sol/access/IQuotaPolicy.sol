// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title How much gas whom a node takes.
 * @notice The chain has no fees; this keeps one sender from filling it. Nodes read these numbers at each head and
 * apply them when they take transactions in and when they propose. They are never a rule of validity:
 * a block with an over-quota transaction is a good block, and a node with quotas off agrees with all others.
 *
 * Every sender has a class, class 0 unless it was given another. A class has two leaky buckets: one for each of its
 * senders, one that all its senders share, so that a thousand fresh keys are worth no more than one.
 * `UNLIMITED` in a bucket switches it off; a bucket of 0 takes nothing.
 *
 * Admitters are contracts that vouch for a transaction by what it carries (IAdmission), for keys
 * that must not be known: a credential buys one transaction per nullifier.
 *
 * @custom:states
 * [*] --> Set: initialize
 * Set --> Set: setQuota, setClass, setAdmitter (each after its delay)
 */
interface IQuotaPolicy {
    /// @notice The numbers of a class; one slot.
    /// @param senderRate gas per second that leaks from each sender's bucket
    /// @param senderBucket gas it holds, or UNLIMITED
    /// @param sharedRate gas per second that leaks from the bucket of the class
    /// @param sharedBucket gas it holds, or UNLIMITED
    struct Quota {
        uint64 senderRate;
        uint64 senderBucket;
        uint64 sharedRate;
        uint64 sharedBucket;
    }

    /// @notice A class and its numbers, at genesis.
    /// @param class its number
    /// @param quota its buckets
    /// @param members who is in it
    struct ClassSetup {
        uint16 class;
        Quota quota;
        address[] members;
    }

    /// @notice The buckets of a class changed.
    /// @param class its number
    /// @param before the numbers until now
    /// @param quota the numbers from now on
    event QuotaSet(uint16 indexed class, Quota before, Quota quota);
    /// @notice A sender changed class.
    /// @param sender who
    /// @param from its class until now
    /// @param to its class from now on
    event ClassSet(address indexed sender, uint16 indexed from, uint16 indexed to);
    /// @notice A contract may vouch for transactions, or no longer.
    /// @param admitter the contract
    /// @param allowed whether it may
    event AdmitterSet(address indexed admitter, bool allowed);

    /// @notice More senders in one call than BATCH_MAX.
    error QuotaPolicyBatchTooLong(uint256 had, uint256 max);
    /// @notice More admitters than ADMITTERS_MAX.
    error QuotaPolicyAdmittersFull(uint256 max);
    /// @notice Nothing would change.
    error QuotaPolicyUnchanged(address admitter, bool had);
    /// @notice An admitter without code.
    error QuotaPolicyNoCode(address admitter);

    /// @notice Sets the buckets of a class. Role QUOTA_KEEPER, after its delay.
    /// @param class its number; 0 is everybody else
    /// @param quota its buckets
    function setQuota(uint16 class, Quota calldata quota) external;

    /// @notice Puts senders into a class. Role QUOTA_KEEPER, after its delay.
    /// @param senders at most BATCH_MAX
    /// @param class its number; 0 takes them out of every class
    function setClass(address[] calldata senders, uint16 class) external;

    /// @notice Lets a contract vouch for transactions sent to it, or no longer. Role QUOTA_KEEPER, after its delay.
    /// @param admitter a contract that answers IAdmission
    /// @param allowed whether it may
    function setAdmitter(address admitter, bool allowed) external;

    /// @notice The class of a sender.
    /// @param sender who
    /// @return its number
    function classOf(address sender) external view returns (uint16);

    /// @notice The buckets of a class; all zero for one that was never set.
    /// @param class its number
    /// @return its buckets
    function quotaOf(uint16 class) external view returns (Quota memory);

    /// @notice Whether a contract may vouch.
    /// @param admitter the contract
    /// @return whether it may
    function isAdmitter(address admitter) external view returns (bool);

    /// @notice How many contracts may vouch.
    /// @return the number, at most ADMITTERS_MAX
    function admitterCount() external view returns (uint256);
}

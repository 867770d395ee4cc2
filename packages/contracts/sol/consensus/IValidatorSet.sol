// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title The chain's validators, and how the set changes.
 * @notice The engine reads getValidators() after height h and puts the answer in force at h + 2.
 *
 * A change is proposed by a member, approved by at least ceil(2n/3) of the members of the set at
 * proposal time, and may be vetoed by any observer. When the veto window is over anybody may schedule
 * an approved proposal; when the activation height is reached anybody may activate it. Activation
 * checks the limits against the set of that moment. A replacement is an addition, then a removal.
 *
 * An addition is activated only when the candidate itself has shown, at most READY_SECONDS ago, that it is
 * in step with the chain: its key sends the hash of one of the last 256 blocks.
 *
 * A member leaves without a vote of its own in two cases. proposeReplace votes for a successor of the same
 * organisation; with the successor's activation the old key is leaving. And whoever shows two signed
 * consensus messages that conflict suspends their signer, for ever. A leaving member neither proposes nor
 * approves, and its seat does not count for its organisation, so that a successor can be seated. It is
 * unseated by whoever asks, as soon as the limits allow it: at n = 4 when its replacement is in.
 *
 * Limits: at least min(4, n) members, at most VALIDATORS_MAX; at most max(1, f) members change in one
 * block, f = floor((n - 1) / 3); one organisation holds less than n/3 of the seats (but may hold one).
 */
interface IValidatorSet {
    /// @notice What a proposal does: seat a member, or unseat one.
    enum Kind {
        Add,
        Remove
    }

    /// @notice `Open` collects approvals; `Scheduled` waits for its height; the rest are final.
    enum Stage {
        None,
        Open,
        Scheduled,
        Activated,
        Vetoed
    }

    /// @param kind addition or removal
    /// @param stage where it stands
    /// @param approvals distinct members that approved
    /// @param needed approvals it takes: ceil(2n/3) of the set at proposal time
    /// @param epoch number of set changes before the proposal: who may approve
    /// @param vetoUntil unix seconds; it cannot be scheduled before
    /// @param expiresAt unix seconds; it does nothing from then on
    /// @param activationHeight block number from which it may be activated, 0 before it is scheduled
    /// @param member the address to add or remove
    /// @param readyAt unix seconds of the candidate's last confirmation that it is in step, 0 for none
    /// @param organisation whose seat it is
    /// @param replaces the member that leaves when this addition is activated, 0 for none
    struct Proposal {
        Kind kind;
        Stage stage;
        uint8 approvals;
        uint8 needed;
        uint40 epoch;
        uint40 vetoUntil;
        uint40 expiresAt;
        uint40 activationHeight;
        uint40 readyAt;
        address member;
        bytes32 organisation;
        address replaces;
    }

    /// @param validators the first set, ascending
    /// @param organisations of the validators, in the same order
    /// @param observers who may veto, 1 to OBSERVERS_MAX
    /// @param vetoWindowSeconds how long observers have, from the proposal on
    /// @param lifetimeSeconds how long a proposal lives; longer than the veto window
    /// @param activationDelayBlocks blocks between scheduling and activation, at least 1
    struct Setup {
        address[] validators;
        bytes32[] organisations;
        address[] observers;
        uint40 vetoWindowSeconds;
        uint40 lifetimeSeconds;
        uint40 activationDelayBlocks;
    }

    /// @notice A change of the set is put to the vote; `replaces` is zero but for a new key of a member.
    event Proposed(
        uint256 indexed id,
        Kind kind,
        address indexed member,
        bytes32 indexed organisation,
        address proposer,
        address replaces,
        uint8 needed,
        uint40 vetoUntil,
        uint40 expiresAt
    );
    /// @notice A member approved; `approvals` so far.
    event Approved(uint256 indexed id, address indexed validator, uint8 approvals);
    /// @notice An observer ended the proposal.
    event Vetoed(uint256 indexed id, address indexed observer, bytes32 reasonHash);
    /// @notice The proposal may be activated from this height on.
    event Scheduled(uint256 indexed id, uint40 activationHeight);
    /// @notice The candidate of an addition is in step with the chain: it knows the block of this height.
    event Ready(uint256 indexed id, address indexed member, uint256 height);
    /// @notice The member no longer votes on the set and leaves it as soon as the limits allow. id of the
    /// addition that replaces it, 0 when it was suspended.
    event Leaving(address indexed member, uint256 indexed id);
    /// @notice Two of its signed messages conflict; no set takes this key again.
    /// @param evidenceHash keccak256 of the two digests in ascending order
    event Suspended(
        address indexed member, bytes32 indexed evidenceHash, uint256 height, address indexed reporter
    );
    /// @notice One seat changed; id 0 for the members the chain began with and for those unseated.
    event Activated(uint256 indexed id, Kind kind, address indexed member, bytes32 indexed organisation);
    /// @notice The set after this block.
    /// @param setHash keccak256(rlp(sorted members)): the vanity of the header before the set is in force
    event SetChanged(bytes32 indexed setHash, uint256 size);
    /// @notice An observer moved its right to another key.
    event ObserverReplaced(address indexed from, address indexed to);

    error ValidatorSetNotValidator(address caller);
    error ValidatorSetNotObserver(address caller);
    error ValidatorSetSetupInvalid();
    error ValidatorSetNotAscending(address had, address previous);
    error ValidatorSetZeroValue();
    error ValidatorSetAlreadyMember(address member);
    error ValidatorSetNotMember(address member);
    error ValidatorSetAlreadyObserver(address observer);
    error ValidatorSetWrongStage(uint256 id, Stage had, Stage needed);
    error ValidatorSetExpired(uint256 id, uint40 expiresAt);
    error ValidatorSetJoinedLater(address caller, uint256 id);
    error ValidatorSetAlreadyApproved(uint256 id, address validator);
    error ValidatorSetApprovalsMissing(uint256 id, uint256 had, uint256 needed);
    error ValidatorSetVetoWindowOpen(uint256 id, uint40 until);
    error ValidatorSetBeforeHeight(uint256 id, uint256 had, uint256 needed);
    error ValidatorSetTooFew(uint256 had, uint256 needed);
    error ValidatorSetTooMany(uint256 had, uint256 max);
    error ValidatorSetTooManyChanges(uint256 had, uint256 max);
    error ValidatorSetSeatsExceeded(bytes32 organisation, uint256 had, uint256 max);
    error ValidatorSetSuspended(address member);
    error ValidatorSetLeaving(address member);
    error ValidatorSetNotLeaving(address member);
    error ValidatorSetNotCandidate(address caller, uint256 id);
    error ValidatorSetNotReady(uint256 id, uint256 readyAt);
    error ValidatorSetBlockUnknown(uint256 height, bytes32 blockHash);

    /// @notice The members, ascending and unique: the answer that AuRa and QBFT engines ask for.
    function getValidators() external view returns (address[] memory);

    /// @notice keccak256(rlp(getValidators())).
    function setHash() external view returns (bytes32);

    /// @notice Proposes to seat a member; counts as the caller's approval. Members only.
    /// @param member its key
    /// @param organisation whose seat it takes
    /// @return id of the proposal, from 1
    function proposeAdd(address member, bytes32 organisation) external returns (uint256 id);

    /// @notice Proposes to unseat a member; counts as the caller's approval. Members only.
    /// @param member its key
    /// @return id of the proposal, from 1
    function proposeRemove(address member) external returns (uint256 id);

    /// @notice Proposes a new key of the same organisation for a member; once it is seated, the old one is
    /// leaving. Counts as the caller's approval. Members only.
    /// @param member the key that leaves
    /// @param by the key that follows
    /// @return id of the proposal, from 1
    function proposeReplace(address member, address by) external returns (uint256 id);

    /// @notice Approves once. Members of the set at proposal time, while they are members.
    /// @param id of the proposal
    function approve(uint256 id) external;

    /// @notice Ends an open proposal. Observers only.
    /// @param id of the proposal
    /// @param reasonHash of the published reason
    function veto(uint256 id, bytes32 reasonHash) external;

    /// @notice Fixes the activation height of an approved proposal after the veto window. Anybody.
    /// @param id of the proposal
    function schedule(uint256 id) external;

    /// @notice The candidate of an approved addition says that it is in step: it knows the hash of one of
    /// the last 256 blocks. To be said again when READY_SECONDS have passed. The candidate only.
    /// @param id of the proposal
    /// @param height of the block it names
    /// @param blockHash of that block
    function confirmReady(uint256 id, uint256 height, bytes32 blockHash) external;

    /// @notice Changes the set at or after the activation height, within the limits; an addition only with
    /// a candidate that is ready. Anybody.
    /// @param id of the proposal
    function activate(uint256 id) external;

    /**
     * @notice Suspends a member that signed two conflicting messages of one height, round and type, and
     * unseats it at once if the limits allow. Anybody. The shape of AuRa's reporting contracts.
     * @param validator who signed both
     * @param blockNumber the height of both messages
     * @param proof both contents and signatures, packed as Equivocation.sol says
     */
    function reportMalicious(address validator, uint256 blockNumber, bytes calldata proof) external;

    /// @notice Takes the seat of a leaving member, within the limits. Anybody.
    /// @param member its key
    function unseat(address member) external;

    /// @notice An observer moves its right to a new key.
    /// @param to the new key
    function replaceObserver(address to) external;

    /// @notice A proposal as it stands; all zero for an id that there is not.
    /// @param id from 1
    function proposalOf(uint256 id) external view returns (Proposal memory);

    /// @notice The last id given.
    function proposalCount() external view returns (uint256);

    /// @notice Whether a member has approved a proposal.
    /// @param id of the proposal
    /// @param validator the member's key
    function hasApproved(uint256 id, address validator) external view returns (bool);

    /// @notice Whose seat a member has; zero for a stranger.
    /// @param member its key
    function organisationOf(address member) external view returns (bytes32);

    /// @notice Seats that an organisation has.
    /// @param organisation keccak256 of its name
    function seatsOf(bytes32 organisation) external view returns (uint256);

    /// @notice Whether the member is seated but on its way out.
    /// @param member its key
    function isLeaving(address member) external view returns (bool);

    /// @notice Hash of the evidence that suspended the key for ever, 0 for none.
    /// @param member its key
    function suspensionOf(address member) external view returns (bytes32);

    /// @notice Whether an account may veto.
    /// @param account the account
    function isObserver(address account) external view returns (bool);

    /// @notice The windows it was set up with, in seconds, seconds and blocks.
    /// @return vetoWindowSeconds from proposal to the end of objections
    /// @return lifetimeSeconds from proposal to expiry
    /// @return activationDelayBlocks from schedule to activation
    function delays()
        external
        view
        returns (uint40 vetoWindowSeconds, uint40 lifetimeSeconds, uint40 activationDelayBlocks);
}

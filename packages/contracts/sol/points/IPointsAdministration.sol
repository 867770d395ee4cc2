// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Who may mint service points, who may be paid with them, and what the city may change.
 * @notice Functions that change a rule are `restricted`: the role and the delay of each stand in
 * CityAccess, and while a delayed call waits the observers may cancel it. A department mints only
 * against its own budget lines, within each line's limit and within the department's quota of the
 * epoch. A pause stops minting and nothing else, and ends by itself.
 */
interface IPointsAdministration {
    /// @notice A budget line.
    /// @param department who may mint against it, for ever
    /// @param closed no more minting
    /// @param limit most that may be minted against it, in hundredths of a point
    /// @param minted so far
    struct Budget {
        address department;
        bool closed;
        uint64 limit;
        uint64 minted;
    }

    /// @notice A department's quota.
    /// @param quota most that it may mint in an epoch, over all its lines, in hundredths of a point
    /// @param minted in `epoch`
    /// @param epoch the last epoch in which it minted
    struct Department {
        uint64 quota;
        uint64 minted;
        uint32 epoch;
    }

    /// @notice One line of `mintBatch`.
    /// @param to who receives
    /// @param amount hundredths of a point
    struct Credit {
        address to;
        uint56 amount;
    }

    /// @notice A budget line and quota that exist at genesis.
    struct BudgetSetup {
        bytes32 budgetId;
        address department;
        uint64 limit;
        uint64 quota;
    }

    /// @notice A payee that is registered at genesis.
    struct PayeeSetup {
        address payee;
        bool open;
        bytes32 infoC;
    }

    /// @notice Points came into being.
    event Minted(
        bytes32 indexed budgetId, address indexed department, address indexed to, uint256 amount, uint32 epoch, bytes32 reasonC
    );
    /// @notice A budget line exists: its department may mint up to the limit.
    event BudgetOpened(bytes32 indexed budgetId, address indexed department, uint64 limit);
    /// @notice The treasury moved the limit of a budget line.
    event BudgetLimitChanged(bytes32 indexed budgetId, uint64 from, uint64 to);
    /// @notice Nothing more is minted from the line.
    event BudgetClosed(bytes32 indexed budgetId, uint64 minted);
    /// @notice What a department may mint in one epoch changed.
    event QuotaChanged(address indexed department, uint64 from, uint64 to);
    /// @notice An account may be paid; `open`: also without an invoice.
    event PayeeRegistered(address indexed payee, bool open, bytes32 infoC);
    /// @notice An account may be paid no more.
    event PayeeRemoved(address indexed payee);
    /// @notice Transfers between citizens are allowed, or no more.
    event PeerTransfersSwitched(bool on);
    /// @notice Nobody mints until then, unless it is resumed before.
    event MintPaused(address indexed by, uint40 until);
    /// @notice Minting goes on.
    event MintResumed(address indexed by);

    /// @notice The budget line belongs to another department, or to nobody.
    error ServicePointsNotBudgetOwner(address caller, bytes32 budgetId, address needed);
    error ServicePointsBudgetExists(bytes32 budgetId);
    error ServicePointsBudgetUnknown(bytes32 budgetId);
    error ServicePointsBudgetClosed(bytes32 budgetId);
    error ServicePointsOverBudget(bytes32 budgetId, uint256 needed, uint256 left);
    error ServicePointsOverQuota(address department, uint256 needed, uint256 left);
    /// @notice A limit or a quota below what is minted already.
    error ServicePointsBelowMinted(uint256 had, uint256 minted);
    error ServicePointsMintPaused(uint40 until);
    error ServicePointsPauseOutOfRange(uint40 had, uint256 min, uint256 max);
    error ServicePointsBatchOutOfRange(uint256 had, uint256 max);
    /// @notice All points together would not fit 56 bits.
    error ServicePointsSupplyTooLarge(uint256 had, uint256 max);
    error ServicePointsUnchanged();
    error ServicePointsCalendarOutOfRange(uint256 origin, uint256 yearSeconds);

    /// @notice Creates points against a budget line of the caller, dated by the current year.
    /// @param to who receives
    /// @param amount hundredths of a point, not zero
    /// @param budgetId a line of the calling department
    /// @param reasonC commitment to the reason (a decision, a payroll), not zero
    function mint(address to, uint256 amount, bytes32 budgetId, bytes32 reasonC) external;

    /// @notice Creates points for many at once; all or none.
    /// @param budgetId a line of the calling department
    /// @param reasonC commitment to the reason, not zero
    /// @param credits at most BATCH_MAX
    function mintBatch(bytes32 budgetId, bytes32 reasonC, Credit[] calldata credits) external;

    /// @notice Opens a budget line. TREASURY.
    /// @param budgetId new
    /// @param department who may mint against it
    /// @param limit hundredths of a point
    function openBudget(bytes32 budgetId, address department, uint64 limit) external;

    /// @notice Changes the limit of a line, not below what is minted. TREASURY.
    /// @param budgetId an open line
    /// @param limit hundredths of a point
    function setBudgetLimit(bytes32 budgetId, uint64 limit) external;

    /// @notice Ends minting against a line for ever. TREASURY.
    /// @param budgetId an open line
    function closeBudget(bytes32 budgetId) external;

    /// @notice Changes a department's quota, not below what it minted in this epoch. TREASURY.
    /// @param department whose
    /// @param quota hundredths of a point in an epoch
    function setQuota(address department, uint64 quota) external;

    /// @notice Registers a payee, or changes whether it takes open payments. COMPLIANCE.
    /// @param payee who may be paid
    /// @param open takes payments without an invoice of its own
    /// @param infoC commitment to its papers
    function registerPayee(address payee, bool open, bytes32 infoC) external;

    /// @notice Ends a registration; what the payee earned stays its own. COMPLIANCE.
    /// @param payee a registered payee
    function removePayee(address payee) external;

    /// @notice Allows or forbids transfers between any accounts. TREASURY, seven days of delay.
    /// @param on whether they are allowed
    function setPeerTransfers(bool on) external;

    /// @notice Stops minting, not spending. COMPLIANCE.
    /// @param until unix seconds, in the future, later than a pause that runs, at most PAUSE_SECONDS_MAX away
    function pauseMint(uint40 until) external;

    /// @notice Ends a pause early. COMPLIANCE.
    function resumeMint() external;

    /// @notice A budget line.
    /// @param budgetId its id
    /// @return the line, all zero when there is none
    function budgetOf(bytes32 budgetId) external view returns (Budget memory);

    /// @notice A department's quota and what it minted in the current epoch.
    /// @param department whose
    /// @return the quota with `epoch` the current one
    function departmentOf(address department) external view returns (Department memory);

    /// @notice Whether an account is a registered payee, and whether it takes open payments.
    /// @param account any
    /// @return registered whether it is a payee
    /// @return open whether it takes open payments
    function payeeOf(address account) external view returns (bool registered, bool open);

    /// @notice Rules in force.
    /// @return peerTransfers whether transfers between any accounts are allowed
    /// @return mintPausedUntil unix seconds; minting is paused before
    function policy() external view returns (bool peerTransfers, uint40 mintPausedUntil);
}

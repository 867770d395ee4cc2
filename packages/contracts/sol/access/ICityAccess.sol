// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ICityAccess: who may do what in the city's contracts, after which notice, and who may object.
/// @notice OpenZeppelin's AccessManager (role by contract by function, scheduled operations) with four rules of the
/// city on top. A function may have a delay of its own that no membership undercuts. The role ADMIN is never held
/// without a delay. OBSERVERS may cancel whatever is scheduled and void a grant before it takes effect. The last
/// observer stays. Members, labels and delays are readable in the state, so that nobody needs the genesis events.
///
/// Roles: ADMIN (0) changes this contract's tables, OBSERVERS (1) objects, every other role is of the table in
/// `packages/contracts/src/access/city-roles.ts`.
/// @custom:states
/// stateDiagram-v2
///   [*] --> Scheduled: schedule (a member of the function's role)
///   Scheduled --> Cancelled: cancel (observers, the one who scheduled, ADMIN)
///   Scheduled --> Ready: the delay has passed
///   Ready --> Cancelled: cancel
///   Ready --> Executed: execute, or the call itself
///   Ready --> Expired: a week has passed
///   Executed --> [*]
///   Cancelled --> [*]
///   Expired --> [*]
interface ICityAccess {
    /// @param id number of the role
    /// @param admin role whose members grant and revoke this one
    /// @param grantDelay seconds until a grant takes effect
    /// @param executionDelay seconds that genesis members wait between schedule and execute
    /// @param label name for people
    /// @param members holders from the first block on
    struct RoleSetup {
        uint64 id;
        uint64 admin;
        uint32 grantDelay;
        uint32 executionDelay;
        string label;
        address[] members;
    }

    /// @param target contract
    /// @param selectors its functions
    /// @param role who may call them
    /// @param delay seconds between schedule and execute, at least
    struct FunctionSetup {
        address target;
        bytes4[] selectors;
        uint64 role;
        uint32 delay;
    }

    /// @param admins holders of ADMIN from the first block on, one at least
    /// @param adminDelay seconds: no grant of ADMIN has less, ever
    /// @param setback seconds until a change of a grant delay, function delay or target delay takes effect, at least
    /// @param targetDelay seconds: notice for changing who may call a target's functions
    /// @param roles every role but ADMIN; OBSERVERS with one member at least
    /// @param functions the table of functions
    struct CityAccessSetup {
        address[] admins;
        uint32 adminDelay;
        uint32 setback;
        uint32 targetDelay;
        RoleSetup[] roles;
        FunctionSetup[] functions;
    }

    /// @notice The least delay of a function changes.
    /// @param target contract
    /// @param selector its function
    /// @param delay seconds
    /// @param effect unix seconds from which it holds
    event FunctionDelayUpdated(address indexed target, bytes4 indexed selector, uint32 delay, uint48 effect);
    /// @notice An observer voided a grant before it took effect.
    /// @param roleId the role
    /// @param account who would have held it
    /// @param observer who objected
    event GrantObjected(uint64 indexed roleId, address indexed account, address indexed observer);

    /// @notice A shorter delay than this contract allows for the role.
    error CityAccessDelayTooShort(uint64 roleId, uint32 had, uint32 needed);
    /// @notice Only OBSERVERS may do this.
    error CityAccessNotObserver(address caller);
    /// @notice The grant is unknown or has taken effect: `since` is 0 or not in the future.
    error CityAccessGrantNotPending(uint64 roleId, address account, uint48 since);
    /// @notice The city is never without observers.
    error CityAccessLastObserver(address account);
    /// @notice A label longer than allowed, in bytes.
    error CityAccessLabelTooLong(uint256 had, uint256 most);
    /// @notice Genesis without observers or administrators, or with a role twice.
    error CityAccessSetupRefused(uint64 roleId);

    /// @notice Voids a grant that has not taken effect yet. Only OBSERVERS.
    /// @param roleId the role
    /// @param account who would hold it
    function objectToGrant(uint64 roleId, address account) external;

    /// @notice Sets the least delay of functions. Only ADMIN, with notice; a change takes effect after the setback,
    /// a decrease not before the difference has passed.
    /// @param target contract
    /// @param selectors its functions
    /// @param delay seconds
    function setFunctionDelay(address target, bytes4[] calldata selectors, uint32 delay) external;

    /// @notice The least delay of a function.
    /// @param target contract
    /// @param selector its function
    /// @return current seconds in force
    /// @return pending seconds that will be in force, when `effect` is not 0
    /// @return effect unix seconds from which `pending` holds, or 0
    function functionDelay(address target, bytes4 selector)
        external
        view
        returns (uint32 current, uint32 pending, uint48 effect);

    /// @notice The delay below which nobody holds ADMIN.
    /// @return seconds
    function adminDelayMin() external view returns (uint32);

    /// @notice Roles that ever had a member or a label, in the order of their first.
    /// @param from place of the first answer
    /// @param count most answers
    /// @return ids numbers of the roles
    function roleIds(uint256 from, uint256 count) external view returns (uint64[] memory ids);

    /// @notice Name of a role for people.
    /// @param roleId the role
    /// @return its label, empty when it has none
    function labelOf(uint64 roleId) external view returns (string memory);

    /// @notice Accounts with a role, grants that have not taken effect yet included.
    /// @param roleId the role
    /// @param from place of the first answer
    /// @param count most answers
    /// @return members accounts
    function membersOf(uint64 roleId, uint256 from, uint256 count) external view returns (address[] memory members);
}

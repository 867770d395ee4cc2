// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPointsAdministration} from "./IPointsAdministration.sol";

/**
 * @title The city's service points.
 * @notice An ERC-20 token of two decimals with which citizens pay for city services. A department
 * mints against a budget line; a citizen pays a registered payee; the payee redeems what it earned.
 *
 * Points are dated by the year in which a citizen received them newly and live for three years:
 * that year and the two after it. Spending takes the oldest first. In a payee's hands points are
 * earned and do not expire; earned points that reach a citizen are dated by the current year.
 * `balanceOf` and `totalSupply` never count expired points, whether or not anyone has published
 * their expiry: Σ balances = totalSupply = minted − burned − expired in every block.
 *
 * A year is `yearSeconds` long, counted from an origin (31,556,952 seconds from 1 January 2026 in a
 * real city); an epoch of quotas is a twelfth of it. Amounts are in hundredths of a point.
 *
 * An invoice is named by its payee and an id and is paid at most once. A payee issues it with amount
 * and deadline; or, where the payee takes open payments, the payer makes the id himself: its first
 * 20 bytes are his address, so that nobody can occupy it before him.
 *
 * The functions of ERC-20, ERC-2612 (permit) and ERC-3009 (authorisations) are OpenZeppelin's and not
 * repeated here. Signatures are EIP-712 over this chain and this contract; nonces are keyed and
 * sequential as in its ERC20TransferAuthorization: 24 bytes key, 8 bytes sequence. Key 0 is shared
 * with ERC-2612.
 * @custom:states stateDiagram-v2
 *     [*] --> Issued: issueInvoice (payee)
 *     [*] --> Paid: pay an open id (payer)
 *     Issued --> Paid: pay, payWithAuthorization, until the deadline
 *     Issued --> Cancelled: cancelInvoice (payee)
 *     Paid --> Paid: refund (payee), together no more than was paid
 *     Cancelled --> [*]
 */
interface IServicePoints is IPointsAdministration {
    /// @notice `None`: neither issued nor paid. `Paid` and `Cancelled` are final.
    enum InvoiceStatus {
        None,
        Issued,
        Paid,
        Cancelled
    }

    /// @notice What an account holds, by age. The account's balance is the sum of the four amounts.
    /// @param year number of the year in which `fresh` was received, from 0
    /// @param fresh received in `year`; expires last
    /// @param older received in the year before
    /// @param oldest received two years before; expires first, at the end of `year`
    /// @param earned never expires
    struct Purse {
        uint16 year;
        uint56 fresh;
        uint56 older;
        uint56 oldest;
        uint56 earned;
    }

    /// @notice One invoice.
    /// @param status where it stands
    /// @param payer who paid, zero before
    /// @param amount asked for by the payee, in hundredths of a point; zero for an open payment
    /// @param deadline unix seconds until which it may be paid; zero for an open payment
    /// @param refundable what was paid and not refunded yet, by age as it was taken
    struct Invoice {
        InvoiceStatus status;
        address payer;
        uint56 amount;
        uint40 deadline;
        Purse refundable;
    }

    /// @notice A citizen (or any account) paid for a service.
    event ServicePaid(bytes32 indexed invoiceId, address indexed payee, address indexed payer, uint256 amount);
    /// @notice A payee gave back part or all of a payment.
    event Refunded(bytes32 indexed invoiceId, address indexed payee, address indexed payer, uint256 amount);
    /// @notice A payee asks for an amount until a deadline.
    event InvoiceIssued(bytes32 indexed invoiceId, address indexed payee, uint256 amount, uint40 deadline);
    /// @notice A payee takes back an unpaid invoice.
    event InvoiceCancelled(bytes32 indexed invoiceId, address indexed payee);
    /// @notice Points are gone from an account that were received in `year` − 3 or before. They left its
    /// balance when their last year ended; this event and the Transfer to zero beside it tell indexers,
    /// at the account's next operation or at `expire`.
    event Expired(address indexed account, uint16 indexed year, uint256 amount);
    /// @notice A payee gave earned points back to the city, which owes it their worth.
    event Redeemed(address indexed payee, uint256 amount, bytes32 referenceC);

    /// @notice Peer transfers are off, and not exactly one of the two is a registered payee.
    error ServicePointsOutsideLoop(address from, address to);
    error ServicePointsNotPayee(address account);
    error ServicePointsZeroValue();
    /// @notice The payee does not take payments without an invoice of its own.
    error ServicePointsNoInvoice(address payee, bytes32 invoiceId);
    /// @notice An open id must begin with the payer's address.
    error ServicePointsForeignId(bytes32 invoiceId, address payer);
    error ServicePointsWrongAmount(bytes32 invoiceId, uint256 had, uint256 needed);
    error ServicePointsOverdue(bytes32 invoiceId, uint40 deadline);
    error ServicePointsInvoiceExists(address payee, bytes32 invoiceId, InvoiceStatus had);
    /// @notice The call needs an invoice in another state; `had` is Paid when it was paid before.
    error ServicePointsInvoiceState(address payee, bytes32 invoiceId, InvoiceStatus had, InvoiceStatus needed);
    error ServicePointsRefundTooLarge(bytes32 invoiceId, uint256 had, uint256 max);
    error ServicePointsEarnedTooLow(address account, uint256 had, uint256 needed);
    error ServicePointsDeadlineOutOfRange(uint40 had, uint256 min, uint256 max);

    /// @notice Pays an invoice from the caller's points, oldest first. A second payment of the same
    /// invoice is refused, whoever sends it.
    /// @param invoiceId the payee's id, or for an open payment the caller's address and 12 bytes
    /// @param payee a registered payee
    /// @param amount hundredths of a point; exactly the invoice's when the payee issued one
    function pay(bytes32 invoiceId, address payee, uint256 amount) external;

    /// @notice Pays for the signer; anyone may submit it, and can change nothing of it.
    /// @param from who pays and signed PayWithAuthorization(from, payee, invoiceId, value, validAfter,
    /// validBefore, nonce); a contract answers through ERC-1271
    /// @param payee a registered payee
    /// @param invoiceId as in `pay`
    /// @param value hundredths of a point
    /// @param validAfter unix seconds; valid in later blocks only
    /// @param validBefore unix seconds; valid in earlier blocks only
    /// @param nonce keyed nonce, the next of its key
    /// @param signature 65 bytes r, s, v, or what the contract `from` accepts
    function payWithAuthorization(
        address from,
        address payee,
        bytes32 invoiceId,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice Asks for an amount. Registered payees only; the id is the caller's own and new.
    /// @param invoiceId any 32 bytes; no personal data in it
    /// @param amount hundredths of a point, not zero
    /// @param deadline unix seconds, in the future and at most INVOICE_SECONDS_MAX away
    function issueInvoice(bytes32 invoiceId, uint56 amount, uint40 deadline) external;

    /// @notice Takes back the caller's invoice that nobody paid.
    /// @param invoiceId the caller's id
    function cancelInvoice(bytes32 invoiceId) external;

    /// @notice Gives back a payment to its payer, who then holds what he would if he had paid less:
    /// the youngest points return first, with their dates. Points that expired meanwhile return with
    /// the oldest date that still lives. Registered payees only.
    /// @param invoiceId the caller's id
    /// @param amount hundredths of a point; all refunds together at most what was paid
    function refund(bytes32 invoiceId, uint256 amount) external;

    /// @notice Burns the caller's earned points; the city settles their worth outside the chain.
    /// @param amount hundredths of a point, at most what the caller earned
    /// @param referenceC commitment to the settlement's papers, not zero
    function redeem(uint256 amount, bytes32 referenceC) external;

    /// @notice Publishes the expiry of what is expired already. Changes no balance. Anyone may call.
    /// @param accounts at most BATCH_MAX
    function expire(address[] calldata accounts) external;

    /// @notice What an account holds now, by age.
    /// @param account any
    /// @return the purse, aged to the current year
    function purseOf(address account) external view returns (Purse memory);

    /// @notice All points of the city now, by age.
    /// @return the sum of all purses
    function supplyByAge() external view returns (Purse memory);

    /// @notice Totals since the first block: totalSupply = minted − burned − expired.
    /// @return minted hundredths of a point
    /// @return burned redeemed by payees
    /// @return expired lapsed with their years
    function flows() external view returns (uint256 minted, uint256 burned, uint256 expired);

    /// @notice The state of an invoice.
    /// @param payee whose
    /// @param invoiceId the id
    /// @return the invoice
    function invoiceOf(address payee, bytes32 invoiceId) external view returns (Invoice memory);

    /// @notice The calendar of years and epochs.
    /// @return origin unix seconds at which year 0 began
    /// @return yearSeconds length of a year
    /// @return year number of the current year
    /// @return epoch number of the current epoch
    function calendar() external view returns (uint40 origin, uint32 yearSeconds, uint16 year, uint32 epoch);
}

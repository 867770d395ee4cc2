// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IServicePoints} from "./IServicePoints.sol";
import {PointsToken} from "./PointsToken.sol";
import {Purses} from "./Purses.sol";

/// @title Invoices: paid at most once, refunded at most what was paid.
abstract contract PointsInvoices is PointsToken {
    using Purses for uint256;

    uint256 private constant STATUS_SHIFT = 248;

    bytes32 private constant PAY_TYPE = keccak256(
        "PayWithAuthorization(address from,address payee,bytes32 invoiceId,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    /// @dev an invoice that stands open longer is a debt, and belongs in other books
    uint256 public constant INVOICE_SECONDS_MAX = 1_096 days;

    /// @inheritdoc IServicePoints
    function pay(bytes32 invoiceId, address payee, uint256 amount) external {
        _pay(msg.sender, invoiceId, payee, amount);
    }

    /// @inheritdoc IServicePoints
    function payWithAuthorization(
        address from,
        address payee,
        bytes32 invoiceId,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(PAY_TYPE, from, payee, invoiceId, value, validAfter, validBefore, nonce))
        );
        // a static call at most, before any change: a contract that is asked can change nothing
        if (!SignatureChecker.isValidSignatureNowCalldata(from, digest, signature)) revert ERC3009InvalidSignature();
        _checkValidity(validAfter, validBefore);
        _consumeNonce(from, nonce);
        emit AuthorizationUsed(from, nonce);
        _pay(from, invoiceId, payee, value);
    }

    /// @inheritdoc IServicePoints
    function issueInvoice(bytes32 invoiceId, uint56 amount, uint40 deadline) external {
        _requirePayee(msg.sender);
        if (amount == 0) revert ServicePointsZeroValue();
        if (deadline <= block.timestamp || deadline > block.timestamp + INVOICE_SECONDS_MAX) {
            revert ServicePointsDeadlineOutOfRange(deadline, block.timestamp + 1, block.timestamp + INVOICE_SECONDS_MAX);
        }
        InvoiceStatus had = _statusOf(msg.sender, invoiceId);
        if (had != InvoiceStatus.None) revert ServicePointsInvoiceExists(msg.sender, invoiceId, had);
        _layout().requests[msg.sender][invoiceId] = Request(address(0), amount, deadline);
        emit InvoiceIssued(invoiceId, msg.sender, amount, deadline);
    }

    /// @inheritdoc IServicePoints
    function cancelInvoice(bytes32 invoiceId) external {
        _requireStatus(msg.sender, invoiceId, InvoiceStatus.Issued);
        _keep(msg.sender, invoiceId, 0, InvoiceStatus.Cancelled);
        emit InvoiceCancelled(invoiceId, msg.sender);
    }

    /// @inheritdoc IServicePoints
    function refund(bytes32 invoiceId, uint256 amount) external {
        _requirePayee(msg.sender);
        if (amount == 0) revert ServicePointsZeroValue();
        _requireStatus(msg.sender, invoiceId, InvoiceStatus.Paid);
        uint256 refundable = _refundable(msg.sender, invoiceId);
        uint256 max = refundable.total();
        if (amount > max) revert ServicePointsRefundTooLarge(invoiceId, amount, max);
        (uint256 left, uint256 back) = refundable.take(amount, Purses.YOUNGEST_FIRST);
        _keep(msg.sender, invoiceId, left, InvoiceStatus.Paid);

        address payer = _payerOf(msg.sender, invoiceId);
        uint256 taken = _take(msg.sender, amount);
        uint256 given = (back | uint16(refundable)).revived(_year());
        _put(payer, given);
        _recount(taken, given);
        emit Refunded(invoiceId, msg.sender, payer, amount);
        emit IERC20.Transfer(msg.sender, payer, amount);
    }

    /// @inheritdoc IServicePoints
    function invoiceOf(address payee, bytes32 invoiceId) external view returns (Invoice memory) {
        Request memory request = _layout().requests[payee][invoiceId];
        InvoiceStatus status = _statusOf(payee, invoiceId);
        address payer = status == InvoiceStatus.Paid ? _payerOf(payee, invoiceId) : address(0);
        return Invoice(status, payer, request.amount, request.deadline, _refundable(payee, invoiceId).unpacked());
    }

    function _pay(address payer, bytes32 invoiceId, address payee, uint256 amount) private {
        if (amount == 0) revert ServicePointsZeroValue();
        InvoiceStatus had = _finalStatus(payee, invoiceId);
        if (had != InvoiceStatus.None) {
            revert ServicePointsInvoiceState(payee, invoiceId, had, InvoiceStatus.Issued);
        }
        Request storage request = _layout().requests[payee][invoiceId];
        _requirePayee(payee);
        if (request.amount == 0) {
            if (!_layout().purses[payee].isOpen()) revert ServicePointsNoInvoice(payee, invoiceId);
            if (address(bytes20(invoiceId)) != payer) revert ServicePointsForeignId(invoiceId, payer);
        } else {
            if (request.amount != amount) revert ServicePointsWrongAmount(invoiceId, amount, request.amount);
            if (block.timestamp > request.deadline) revert ServicePointsOverdue(invoiceId, request.deadline);
            request.payer = payer;
        }
        if (_isPayee(payer) && (payer == payee || !_layout().rules.peerTransfers)) {
            revert ServicePointsOutsideLoop(payer, payee);
        }
        uint256 taken = _take(payer, amount);
        _keep(payee, invoiceId, taken | _year(), InvoiceStatus.Paid);
        _give(payee, taken, true);
        emit ServicePaid(invoiceId, payee, payer, amount);
        emit IERC20.Transfer(payer, payee, amount);
    }

    function _requirePayee(address account) private view {
        if (!_isPayee(account)) revert ServicePointsNotPayee(account);
    }

    function _requireStatus(address payee, bytes32 invoiceId, InvoiceStatus needed) private view {
        InvoiceStatus had = _statusOf(payee, invoiceId);
        if (had != needed) revert ServicePointsInvoiceState(payee, invoiceId, had, needed);
    }

    function _statusOf(address payee, bytes32 invoiceId) private view returns (InvoiceStatus status) {
        status = _finalStatus(payee, invoiceId);
        if (status == InvoiceStatus.None && _layout().requests[payee][invoiceId].amount != 0) {
            return InvoiceStatus.Issued;
        }
    }

    /// @dev an open payment's id begins with the payer
    function _payerOf(address payee, bytes32 invoiceId) private view returns (address) {
        Request storage request = _layout().requests[payee][invoiceId];
        return request.amount == 0 ? address(bytes20(invoiceId)) : request.payer;
    }

    function _finalStatus(address payee, bytes32 invoiceId) private view returns (InvoiceStatus) {
        return InvoiceStatus(_layout().payments[payee][invoiceId] >> STATUS_SHIFT);
    }

    /// @dev a purse of the year of the payment
    function _refundable(address payee, bytes32 invoiceId) private view returns (uint256) {
        return uint248(_layout().payments[payee][invoiceId]);
    }

    function _keep(address payee, bytes32 invoiceId, uint256 purse, InvoiceStatus status) private {
        _layout().payments[payee][invoiceId] = purse | (uint256(status) << STATUS_SHIFT);
    }
}

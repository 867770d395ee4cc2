// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Judges two signed consensus messages of one validator (docs/spec/consensus.md M1, E1).
 * @notice A proof is packed: type (1) ‖ signature of the first (65) ‖ signature of the second (65) ‖ length
 * of the first content (2, big-endian) ‖ first content ‖ second content. A content is the RLP that was
 * signed, so the chain is bound by the digest: keccak256("veche/aura-bft/1" ‖ chainId as 8 bytes ‖ type ‖
 * content). Signatures are r ‖ s ‖ v with v 0 or 1 and low s, as everywhere on this chain.
 * @dev Total: every proof of any bytes ends in a hash or in one of the errors. Encodings that the
 * validators' own codec would not produce are refused, although a signature over one would be as damning:
 * what cannot be decoded by everybody shall convict nobody.
 */
library Equivocation {
    error EquivocationMalformed();
    error EquivocationTypeUnknown(uint8 messageType);
    error EquivocationHeightDiffers(uint256 had, uint256 needed);
    error EquivocationRoundsDiffer(uint256 first, uint256 second);
    error EquivocationSignatureInvalid();
    error EquivocationSignerDiffers(address recovered, address validator);
    error EquivocationNoConflict();

    uint8 internal constant PROPOSAL = 1;
    uint8 internal constant PRECOMMIT = 3;
    uint256 private constant HEAD = 133;
    uint256 private constant SIGNATURE = 65;
    /// @dev half the order of secp256k1 (EIP-2)
    uint256 private constant S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    struct Content {
        uint256 height;
        uint256 round;
        bytes32 blockHash;
        /// @dev proposals only, else 0
        bytes32 parentHash;
        /// @dev proposals only, plus one as it is signed, else 0
        uint256 validRound;
    }

    /**
     * @notice Reverts unless `validator` signed two messages of this height, of one round and type, for
     * different values (a proposal also for another valid round or parent). Commit seals inside precommits
     * are not compared: two seals of one value harm nobody.
     * @return evidenceHash keccak256 of the two digests in ascending order: the same for both orders
     */
    function judge(bytes calldata proof, address validator, uint256 height) internal view returns (bytes32) {
        if (proof.length < HEAD) revert EquivocationMalformed();
        uint8 messageType = uint8(proof[0]);
        if (messageType < PROPOSAL || messageType > PRECOMMIT) revert EquivocationTypeUnknown(messageType);
        uint256 end = HEAD + uint16(bytes2(proof[131:133]));
        if (end > proof.length) revert EquivocationMalformed();
        Content memory first = _decode(messageType, proof[HEAD:end]);
        Content memory second = _decode(messageType, proof[end:]);
        if (first.height != height) revert EquivocationHeightDiffers(first.height, height);
        if (second.height != height) revert EquivocationHeightDiffers(second.height, height);
        if (first.round != second.round) revert EquivocationRoundsDiffer(first.round, second.round);
        if (!_isConflict(first, second)) revert EquivocationNoConflict();
        bytes32 a = _digest(messageType, proof[HEAD:end]);
        bytes32 b = _digest(messageType, proof[end:]);
        _requireSigner(a, proof[1:1 + SIGNATURE], validator);
        _requireSigner(b, proof[1 + SIGNATURE:1 + 2 * SIGNATURE], validator);
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _isConflict(Content memory first, Content memory second) private pure returns (bool) {
        return first.blockHash != second.blockHash || first.parentHash != second.parentHash
            || first.validRound != second.validRound;
    }

    function _digest(uint8 messageType, bytes calldata content) private view returns (bytes32) {
        return keccak256(abi.encodePacked("veche/aura-bft/1", uint64(block.chainid), messageType, content));
    }

    function _requireSigner(bytes32 digest, bytes calldata signature, address validator) private pure {
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (v > 1 || uint256(s) > S_MAX) revert EquivocationSignatureInvalid();
        address recovered = ecrecover(digest, v + 27, r, s);
        if (recovered == address(0)) revert EquivocationSignatureInvalid();
        if (recovered != validator) revert EquivocationSignerDiffers(recovered, validator);
    }

    function _decode(uint8 messageType, bytes calldata content) private pure returns (Content memory decoded) {
        uint256 pos = _listStart(content);
        (decoded.height, pos) = _integer(content, pos);
        (decoded.round, pos) = _integer(content, pos);
        (decoded.blockHash, pos) = _word(content, pos);
        if (messageType == PROPOSAL) {
            (decoded.parentHash, pos) = _word(content, pos);
            (decoded.validRound, pos) = _integer(content, pos);
        } else if (messageType == PRECOMMIT) {
            pos = _skipSeal(content, pos);
        }
        if (pos != content.length) revert EquivocationMalformed();
    }

    /// @dev A list of 0 to 55 bytes (0xc0 + length) or of 56 to 255 (0xf8, length) that fills the content.
    function _listStart(bytes calldata content) private pure returns (uint256) {
        if (content.length == 0) revert EquivocationMalformed();
        uint8 head = uint8(content[0]);
        if (head >= 0xc0 && head <= 0xf7 && content.length == 1 + uint256(head - 0xc0)) return 1;
        if (head != 0xf8 || content.length < 58) revert EquivocationMalformed();
        if (content.length != 2 + uint256(uint8(content[1]))) revert EquivocationMalformed();
        return 2;
    }

    /// @dev An integer of at most 8 bytes without leading zeros; below 0x80 it is its own byte, 0 is 0x80.
    function _integer(bytes calldata content, uint256 pos) private pure returns (uint256 value, uint256 end) {
        if (pos >= content.length) revert EquivocationMalformed();
        uint8 head = uint8(content[pos]);
        if (head > 0 && head < 0x80) return (head, pos + 1);
        if (head < 0x80 || head > 0x88) revert EquivocationMalformed();
        end = pos + 1 + (head - 0x80);
        if (end > content.length) revert EquivocationMalformed();
        for (uint256 i = pos + 1; i < end; ++i) value = (value << 8) | uint8(content[i]);
        bool isShort = head == 0x81 && value < 0x80;
        if (isShort || (head > 0x80 && content[pos + 1] == 0)) revert EquivocationMalformed();
    }

    function _word(bytes calldata content, uint256 pos) private pure returns (bytes32 value, uint256 end) {
        end = pos + 33;
        if (end > content.length || content[pos] != 0xa0) revert EquivocationMalformed();
        value = bytes32(content[pos + 1:end]);
    }

    /// @dev A string of 65 bytes: 0xb8, 0x41, then the seal.
    function _skipSeal(bytes calldata content, uint256 pos) private pure returns (uint256 end) {
        end = pos + 67;
        if (end > content.length || content[pos] != 0xb8 || content[pos + 1] != 0x41) {
            revert EquivocationMalformed();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeasonState} from "./SeasonState.sol";

/// @title The seed: a threshold signature over the freezing block and over what the members revealed.
/// @dev Commit and reveal alone would leave the last one to reveal a choice between two outcomes. Here the
/// message to sign holds the reveals, so nobody can compute the signature before the reveals are over, and
/// nobody who reveals knows the outcome: the signature is unique and needs `threshold` members.
abstract contract SeasonSeed is SeasonState {
    bytes32 internal constant REVEAL_TYPE = keccak256("VecheFairSecret/1");
    bytes32 internal constant SEED_TYPE = keccak256("VecheFairSeed/1");
    bytes32 internal constant SEED_MESSAGE_TYPE = keccak256("VecheFairSeedMessage/1");
    /// @dev EIP-2935: hashes of the last 8,191 blocks, by the block's number
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant HISTORY_BLOCKS = 8_191;
    uint256 private constant BLOCKHASH_BLOCKS = 256;

    function commitSecret(bytes32 commitment) external {
        if (_stage < Stage.RulesFrozen || _stage > Stage.Review) _wrongStage();
        bytes32 had = _secrets[msg.sender];
        if (had == 0) revert FairSeasonNotMember(msg.sender);
        if (had != SILENT || commitment <= REVEALED) revert FairSeasonCommitmentInvalid(msg.sender);
        _secrets[msg.sender] = commitment;
        ++_freeze.committed;
        emit SecretCommitted(msg.sender, commitment);
    }

    function revealSecret(address member, bytes32 secret) external only(Stage.Frozen) {
        _before(uint256(_freeze.since) + _terms.revealSeconds());
        bytes32 commitment = keccak256(abi.encode(REVEAL_TYPE, address(this), member, secret));
        if (_secrets[member] != commitment) revert FairSeasonCommitmentInvalid(member);
        _secrets[member] = REVEALED;
        ++_freeze.revealed;
        _reveals ^= keccak256(abi.encode(member, secret));
        emit SecretRevealed(member, secret);
    }

    function captureFreezeBlock() external only(Stage.Frozen) {
        uint256 height = _freeze.height;
        if (_freezeBlockHash != 0 || block.number <= height) revert FairSeasonBlockUnknown(height);
        bytes32 blockHash = _hashOf(height);
        if (blockHash != 0) {
            _freezeBlockHash = blockHash;
            emit FreezeBlockCaptured(uint40(height), blockHash);
        } else {
            _freeze.height = uint40(block.number);
            emit FreezeBlockMoved(uint40(block.number));
        }
    }

    function submitSeed(bytes32[8] calldata groupKey, bytes32[4] calldata signature)
        external
        only(Stage.Frozen)
    {
        bytes32 keyHash = keccak256(abi.encode(groupKey));
        if (keyHash != _groupKeyHash) revert FairSeasonGroupKeyWrong(keyHash, _groupKeyHash);
        if (!_office.verifyBeacon(groupKey, signature, seedMessage())) revert FairSeasonBlsInvalid();
        bytes32 reveals = _reveals;
        bytes32 seed_ = keccak256(abi.encode(SEED_TYPE, signature, reveals));
        _seed = seed_;
        _cursor.pass = 1;
        _cursor.expected = _freeze.eligible;
        _enter(Stage.Seeded);
        emit Seeded(seed_, signature, reveals, _freeze.committed - _freeze.revealed);
    }

    function seedMessage() public view returns (bytes32) {
        bytes32 blockHash = _freezeBlockHash;
        if (blockHash == 0) revert FairSeasonBlockUnknown(_freeze.height);
        uint256 until = uint256(_freeze.since) + _terms.revealSeconds();
        if (_freeze.revealed < _freeze.committed && block.timestamp < until) {
            revert FairSeasonRevealsOpen(until);
        }
        return keccak256(
            abi.encode(SEED_MESSAGE_TYPE, block.chainid, address(this), blockHash, _head, _reveals)
        );
    }

    /// @dev 0 when the hash is out of reach.
    function _hashOf(uint256 height) private view returns (bytes32) {
        uint256 age = block.number - height;
        if (age <= BLOCKHASH_BLOCKS) return blockhash(height);
        if (age > HISTORY_BLOCKS) return 0;
        (bool ok, bytes memory answer) = HISTORY.staticcall(abi.encode(height));
        return ok && answer.length == 32 ? bytes32(answer) : bytes32(0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Assigned} from "./interfaces/ILedger.sol";
import {Image, Outcome, IRules} from "./interfaces/IRules.sol";

/// @title The short fixed list of memory functions
/// @dev An item is one flat struct that is hashed and passed where it lies: on an engine that records every opcode this
/// halves the cost of an entry (docs/decisions). Everything else in the ledger is plain Solidity.
library Memory {
    uint256 internal constant WORD = 32;
    /// words of the leaf, of the whole image and of the outcome; test/contracts/layout.test.ts compares them with the ABI
    uint256 internal constant LEAF_WORDS = 44;
    uint256 internal constant IMAGE_WORDS = 115;
    uint256 internal constant OUTCOME_WORDS = 32;
    uint256 internal constant ENTRY_AT = 1;
    uint256 internal constant ENTRY_WORDS = 15;
    uint256 internal constant TERMS_AT = 16;
    uint256 internal constant TERMS_WORDS = 19;
    uint256 internal constant ASSIGNED_AT = 35;
    uint256 internal constant OLD_TERMS_AT = 59;

    /// The word before the image holds the selector of IRules.step, so that a call can be made from where it lies.
    function newImage() internal pure returns (Image memory m) {
        bytes4 selector = IRules.step.selector;
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, shr(224, selector))
            m := add(p, 32)
            mstore(0x40, add(m, mul(IMAGE_WORDS, 32)))
        }
    }

    function clear(Image memory m) internal pure {
        assembly ("memory-safe") {
            calldatacopy(m, calldatasize(), mul(IMAGE_WORDS, 32))
        }
    }

    /// keccak256 of two words: the key of a mapping by two ids.
    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32 h) {
        assembly ("memory-safe") {
            mstore(0, a)
            mstore(32, b)
            h := keccak256(0, 64)
        }
    }

    /// Where free memory begins now, and back to there: what an item allocated is given up before the next.
    function mark() internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := mload(0x40)
        }
    }

    function release(uint256 position) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, position)
        }
    }

    /// A word of calldata; zero beyond its end.
    function load(uint256 position) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }

    /// `count` words of calldata into the image, from its word `index` on.
    function copy(Image memory m, uint256 index, uint256 position, uint256 count) internal pure {
        assembly ("memory-safe") {
            calldatacopy(add(m, mul(index, 32)), position, mul(count, 32))
        }
    }

    /// keccak256 of `count` words of the image.
    function hash(Image memory m, uint256 index, uint256 count) internal pure returns (bytes32 h) {
        assembly ("memory-safe") {
            h := keccak256(add(m, mul(index, 32)), mul(count, 32))
        }
    }

    /// keccak256 of calldata, through free memory that is not kept.
    function hash(uint256 position, uint256 length) internal pure returns (bytes32 h) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            calldatacopy(p, position, length)
            h := keccak256(p, length)
        }
    }

    /// SHA-256 of calldata.
    function digest(uint256 position, uint256 length) internal view returns (bytes32 h) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            calldatacopy(p, position, length)
            if iszero(staticcall(gas(), 2, p, length, 0, 32)) { revert(0, 0) }
            h := mload(0)
        }
    }

    /// SHA-256 of the image's leaf.
    function leaf(Image memory m) internal view returns (bytes32 h) {
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), 2, m, mul(LEAF_WORDS, 32), 0, 32)) { revert(0, 0) }
            h := mload(0)
        }
    }

    /// RFC 6962 node: SHA-256(0x01 ‖ left ‖ right).
    function node(bytes32 left, bytes32 right) internal view returns (bytes32 h) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore8(p, 1)
            mstore(add(p, 1), left)
            mstore(add(p, 33), right)
            if iszero(staticcall(gas(), 2, p, 65, 0, 32)) { revert(0, 0) }
            h := mload(0)
        }
    }

    /// IRules.step with the image as it lies; the outcome is written as it comes. False where Rules did not answer.
    function judge(IRules rules, Image memory m, Outcome memory o) internal view returns (bool answered) {
        assembly ("memory-safe") {
            answered := staticcall(gas(), rules, sub(m, 4), add(mul(IMAGE_WORDS, 32), 4), o, mul(OUTCOME_WORDS, 32))
            answered := and(answered, eq(returndatasize(), mul(OUTCOME_WORDS, 32)))
        }
    }

    /// Ends the call with the outcome as it lies: its words are its ABI encoding.
    function answer(Outcome memory o) internal pure {
        assembly ("memory-safe") {
            return(o, mul(OUTCOME_WORDS, 32))
        }
    }

    /// The nine assigned words, as the event takes them.
    function assigned(Image memory m) internal pure returns (Assigned memory words) {
        assembly ("memory-safe") {
            words := add(m, mul(ASSIGNED_AT, 32))
        }
    }
}

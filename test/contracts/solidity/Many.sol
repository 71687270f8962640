// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Asks one contract the same question many times
/// @dev Calldata: address, bytes of a question, bytes of an answer, selector; then the questions. Returns the answers, one
/// after the other: thousands of items are judged in a few calls.
contract Many {
    fallback() external {
        assembly ("memory-safe") {
            let size := calldataload(32)
            let answer := calldataload(64)
            let count := div(sub(calldatasize(), 128), size)
            let question := 128
            mstore(question, calldataload(96))
            let answers := add(question, add(32, size))
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                calldatacopy(add(question, 4), add(128, mul(i, size)), size)
                let ok := staticcall(gas(), calldataload(0), question, add(4, size), add(answers, mul(i, answer)), answer)
                if iszero(and(ok, eq(returndatasize(), answer))) { revert(0, 0) }
            }
            return(answers, mul(count, answer))
        }
    }
}

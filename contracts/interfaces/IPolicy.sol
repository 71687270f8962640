// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Dated rule sets
interface IPolicy {
    /// @notice The rules for an act, total for every argument.
    /// @param kind the entry's Kind
    /// @param currency three ASCII letters as a number
    /// @param on the contract's date: cap and certificate rules are those in force then
    /// @param time the block's time: thresholds are the stricter of the set at `on` and the set at `time`
    /// @return capBps scope cap over the first value in basis points
    /// @return awardForms bit mask of contract forms that need an award (bit n = form code n)
    /// @return threshold value from which the second signature is needed; 0 for an unlisted currency
    /// @return second role of the second signatory: 3 approver, 5 supplier, 11 an approver of a parent agency
    /// @return bound 1 if certificates are bound by accepted work
    function rulesFor(uint256 kind, uint256 currency, uint256 on, uint256 time)
        external
        view
        returns (uint256 capBps, uint256 awardForms, uint256 threshold, uint256 second, uint256 bound);
}

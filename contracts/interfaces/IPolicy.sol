// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What holds from `validFrom` on. `awardForms`: bit n = contract form n needs an award; `second`: role of the
/// second signatory (3 approver, 5 supplier, 11 approver of a parent agency).
struct RuleSet {
    uint64 validFrom;
    uint16 capBps;
    uint32 awardForms;
    uint8 second;
    bool certificatesBound;
}

/// @notice From `value` on (minor units), entries of `kind` in `currency` (three ASCII letters) need the second signature.
struct Threshold {
    bytes3 currency;
    uint8 kind;
    uint128 value;
}

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

    /// @notice Adds a rule set; the council alone. `validFrom` is at least `delay` ahead, except for the first set.
    function add(RuleSet calldata set, Threshold[] calldata thresholds) external returns (uint256 index);
    /// @notice All sets, oldest first.
    function sets() external view returns (RuleSet[] memory);

    event RuleSetAdded(
        bytes32 indexed leaf,
        uint256 indexed index,
        RuleSet set,
        Threshold[] thresholds,
        uint256 registerSequence,
        uint256 timeMs
    );

    error PolicyBackdated(uint256 validFrom, uint256 earliest);
    error PolicyCap(uint256 capBps);
    error PolicySecond(uint256 role);
}

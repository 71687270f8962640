// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Role} from "./Words.sol";
import {ILog} from "./interfaces/ILog.sol";
import {IPolicy, RuleSet, Threshold} from "./interfaces/IPolicy.sol";

/// @title Dated rule sets, append-only
contract Policy is IPolicy, AccessManaged {
    uint256 private constant MAX_CAP = 10_000;

    ILog public immutable ledger;
    /// How long after its recording a rule set begins at the earliest; the first set is free of it.
    uint64 public immutable delay;

    RuleSet[] private _sets;
    mapping(uint256 set => mapping(uint256 currencyAndKind => uint256 thresholdPlusOne)) private _thresholds;

    constructor(ILog ledger_, address accessManager, uint64 delay_) AccessManaged(accessManager) {
        (ledger, delay) = (ledger_, delay_);
    }

    /// @inheritdoc IPolicy
    function add(RuleSet calldata set, Threshold[] calldata thresholds) external restricted returns (uint256 index) {
        index = _sets.length;
        if (index > 0) {
            if (set.validFrom < block.timestamp + delay) revert PolicyBackdated(set.validFrom, block.timestamp + delay);
            if (set.validFrom <= _sets[index - 1].validFrom) {
                revert PolicyBackdated(set.validFrom, _sets[index - 1].validFrom);
            }
        }
        if (set.capBps > MAX_CAP) revert PolicyCap(set.capBps);
        if (set.second != Role.Approver && set.second != Role.Supplier && set.second != Role.ParentApprover) {
            revert PolicySecond(set.second);
        }
        _sets.push(set);
        for (uint256 i = 0; i < thresholds.length; ++i) {
            Threshold calldata t = thresholds[i];
            _thresholds[index][_key(uint24(t.currency), t.kind)] = uint256(t.value) + 1;
        }
        bytes32[14] memory words;
        words[0] = keccak256("RuleSet");
        words[1] = bytes32(index);
        words[2] = keccak256(abi.encode(set, thresholds));
        (bytes32 leaf, uint256 sequence, uint256 timeMs) = ledger.append(3, words, 0);
        emit RuleSetAdded(leaf, index, set, thresholds, sequence, timeMs);
    }

    /// @inheritdoc IPolicy
    function rulesFor(uint256 kind, uint256 currency, uint256 on, uint256 time)
        external
        view
        returns (uint256 capBps, uint256 awardForms, uint256 threshold, uint256 second, uint256 bound)
    {
        uint256 count = _sets.length;
        // without any rule set nothing passes without an approver
        if (count == 0) return (0, type(uint256).max, 0, Role.Approver, 1);
        uint256 now_ = _at(count, time);
        uint256 then_ = on >= time ? now_ : _at(now_ + 1, on);
        RuleSet storage set = _sets[then_];
        (capBps, awardForms, bound) = (set.capBps, set.awardForms, set.certificatesBound ? 1 : 0);
        second = then_ == now_ ? set.second : _sets[now_].second;
        uint256 key = _key(currency, kind);
        threshold = _thresholds[then_][key];
        if (then_ != now_) {
            uint256 today = _thresholds[now_][key];
            if (today < threshold) threshold = today;
        }
        if (threshold != 0) --threshold;
    }

    /// @inheritdoc IPolicy
    function sets() external view returns (RuleSet[] memory) {
        return _sets;
    }

    /// The newest of the first `count` sets that is in force at `time`; the first for any earlier time.
    function _at(uint256 count, uint256 time) private view returns (uint256 index) {
        for (index = count - 1; index > 0 && _sets[index].validFrom > time; --index) {}
    }

    function _key(uint256 currency, uint256 kind) private pure returns (uint256) {
        unchecked {
            return (currency << 64) ^ kind;
        }
    }
}

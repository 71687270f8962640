// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./interfaces/IAuthority.sol";

/// @title The council: m of n members, after a delay
/// @notice The only admin of the AccessManager. It proposes calls; it changes itself only by its own decision.
contract Council {
    struct Proposal {
        address target;
        uint64 readyAt; // 0 until enough members confirmed
        bool done;
        uint16 confirmations;
        uint32 era; // which membership proposed it
        bytes data;
    }

    IAuthority public immutable authority;
    uint64 public immutable delay;
    uint16 public threshold;
    uint16 public memberCount;
    /// Counts changes of membership: what an earlier council had open lapses.
    uint32 public era;
    mapping(address account => bool) public isMember;
    mapping(uint256 proposal => mapping(address member => bool)) public hasConfirmed;
    Proposal[] private _proposals;

    event Proposed(uint256 indexed proposal, address indexed member, address target, bytes data);
    event Confirmed(uint256 indexed proposal, address indexed member, uint16 confirmations, uint64 readyAt);
    event Withdrawn(uint256 indexed proposal, address indexed member);
    event Executed(uint256 indexed proposal);
    event MembersChanged(address indexed member, bool belongs, uint16 threshold);

    error CouncilNotMember(address account);
    error CouncilOnlyItself(address account);
    error CouncilUnknownProposal(uint256 proposal);
    error CouncilAlreadyConfirmed(uint256 proposal, address member);
    error CouncilNotConfirmed(uint256 proposal, address member);
    error CouncilNotReady(uint256 proposal, uint64 readyAt, uint256 time);
    error CouncilDone(uint256 proposal);
    error CouncilLapsed(uint256 proposal, uint32 proposed, uint32 era);
    error CouncilNoContract(address target);
    error CouncilThreshold(uint16 threshold, uint16 members);

    modifier onlyMember() {
        if (!isMember[msg.sender]) revert CouncilNotMember(msg.sender);
        _;
    }

    constructor(IAuthority authority_, address[] memory members, uint16 threshold_, uint64 delay_) {
        (authority, delay) = (authority_, delay_);
        for (uint256 i = 0; i < members.length; ++i) {
            _change(members[i], true);
            emit MembersChanged(members[i], true, threshold_);
        }
        _setThreshold(threshold_);
    }

    function propose(address target, bytes calldata data) external onlyMember returns (uint256 proposal) {
        proposal = _proposals.length;
        _proposals.push(Proposal(target, 0, false, 0, era, data));
        emit Proposed(proposal, msg.sender, target, data);
        _confirm(proposal);
    }

    function confirm(uint256 proposal) external onlyMember {
        _confirm(proposal);
    }

    /// @notice Takes back one's own confirmation; below the threshold the delay begins anew.
    function withdraw(uint256 proposal) external onlyMember {
        Proposal storage p = _open(proposal);
        if (!hasConfirmed[proposal][msg.sender]) revert CouncilNotConfirmed(proposal, msg.sender);
        hasConfirmed[proposal][msg.sender] = false;
        if (--p.confirmations < threshold) p.readyAt = 0;
        emit Withdrawn(proposal, msg.sender);
    }

    /// @notice Makes the call that was agreed. Each decision is a leaf of the register's log: what Authority does at the
    /// council's word is one of itself, all else is recorded there. So a council can't end its own rights in the
    /// AccessManager: its successor does.
    function execute(uint256 proposal) external onlyMember returns (bytes memory result) {
        Proposal storage p = _open(proposal);
        if (p.readyAt == 0 || p.readyAt > block.timestamp) revert CouncilNotReady(proposal, p.readyAt, block.timestamp);
        // a call of an address without code does nothing and says that it went well
        if (p.target.code.length == 0) revert CouncilNoContract(p.target);
        p.done = true;
        emit Executed(proposal);
        bool ok;
        (ok, result) = p.target.call(p.data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
        if (p.target != address(authority)) authority.decided(p.target, p.data);
    }

    /// @notice Only by the council's own decision. All other open proposals lapse with the old membership.
    function change(address member, bool belongs, uint16 threshold_) external {
        if (msg.sender != address(this)) revert CouncilOnlyItself(msg.sender);
        _change(member, belongs);
        _setThreshold(threshold_);
        ++era;
        emit MembersChanged(member, belongs, threshold_);
    }

    function proposalCount() external view returns (uint256) {
        return _proposals.length;
    }

    function proposalOf(uint256 proposal) external view returns (Proposal memory) {
        if (proposal >= _proposals.length) revert CouncilUnknownProposal(proposal);
        return _proposals[proposal];
    }

    function _open(uint256 proposal) private view returns (Proposal storage p) {
        if (proposal >= _proposals.length) revert CouncilUnknownProposal(proposal);
        p = _proposals[proposal];
        if (p.done) revert CouncilDone(proposal);
        if (p.era != era) revert CouncilLapsed(proposal, p.era, era);
    }

    function _confirm(uint256 proposal) private {
        Proposal storage p = _open(proposal);
        if (hasConfirmed[proposal][msg.sender]) revert CouncilAlreadyConfirmed(proposal, msg.sender);
        hasConfirmed[proposal][msg.sender] = true;
        if (++p.confirmations >= threshold && p.readyAt == 0) p.readyAt = uint64(block.timestamp) + delay;
        emit Confirmed(proposal, msg.sender, p.confirmations, p.readyAt);
    }

    function _change(address member, bool belongs) private {
        if (isMember[member] == belongs) return;
        isMember[member] = belongs;
        if (belongs) ++memberCount;
        else --memberCount;
    }

    function _setThreshold(uint16 threshold_) private {
        // one person must never be the council
        if (threshold_ < 2 || threshold_ > memberCount) revert CouncilThreshold(threshold_, memberCount);
        threshold = threshold_;
    }
}

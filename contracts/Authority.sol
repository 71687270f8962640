// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Acts} from "./Acts.sol";
import {Code} from "./Codes.sol";
import {Role} from "./Words.sol";
import {ActData, ActSignature, Claim, IAuthority, Proven} from "./interfaces/IAuthority.sol";
import {ILog} from "./interfaces/ILog.sol";
import {IPasskeys} from "./interfaces/IPasskeys.sol";

/// @title Holders, agencies, offices
/// @notice Every change is an act: signed by the people it takes, single-use, a leaf of the register's log.
/// Reading order: what the Ledger asks, acts, one function an act, what the council alone does.
contract Authority is IAuthority, AccessManaged {
    struct Key {
        bytes32 holder;
        uint8 custody;
        bool revoked;
        uint64 from;
    }

    struct Agency {
        bytes32 parent;
        uint8 kind;
        bool ended; // another agency succeeded it and stands as its parent
        uint8 below; // levels that ever stood below it
    }

    struct Office {
        bytes32 leaf;
        uint64 from;
        uint64 until;
        bool subtree;
        uint8 mark; // SUSPENDED, DELEGATED; zero for most
        uint32 turn; // moves with each grant and suspension, and so ends what was delegated before
        uint32 principalTurn;
        bytes32 principal; // of a delegated office: the holder who delegated his own
    }

    /// What somebody ever held at one agency, in the order of first grants: a hand-over leaves nothing out.
    struct Place {
        uint8 role;
        bytes32 post;
    }

    struct Stem {
        bytes32 agency;
        uint8 use;
        bool prefix; // some registered stem begins with this text and a hyphen
    }

    /// Who signed, and for a passkey the hash of the origin and the domain that it did so for.
    struct Signer {
        address key;
        bytes32 place;
    }

    /// The signatures of an act, as they are checked: what they prove goes into the leaf and the event.
    struct Checked {
        bytes32 digest;
        bytes32 chain;
        bytes packed;
        uint256 count;
        bool ownKey; // a person signed with a key that the gateway does not keep
        bytes32 principal; // for whom the first signer acts, if his office is delegated
        bytes32[] handedOver; // of a hand-over: keys of the offices that ended, each followed by the successor's or zero
    }

    uint8 private constant AGENCY = 1;
    uint8 private constant ENTITY = 2;
    uint8 private constant NATIVE = 1;
    uint8 private constant WAVES = 2;
    uint8 private constant SUSPENDED = 1;
    uint8 private constant DELEGATED = 2;
    uint8 private constant GATEWAY_CUSTODY = 5;
    uint8 private constant LAST_CUSTODY = 6;
    uint256 private constant SECP256K1 = 1;
    uint256 private constant PASSKEY = 2;
    /// what a bundle adds to the type of its own signature
    uint256 private constant BUNDLED = 2;
    uint256 private constant MAX_STEM = 100;
    /// levels of a tree; whoever stands at the top of one is at most seven above
    uint256 private constant MAX_DEPTH = 8;
    uint256 private constant MONTH = 31 days;
    uint64 private constant LONGEST_BREAK_GLASS = 7 days;
    /// half the order of secp256k1: a signature with a higher s is a second form of the same one
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    ILog public immutable ledger;
    IPasskeys public immutable passkeys;
    uint64 public immutable vetoDelay;

    mapping(bytes32 holder => bool) private _holders;
    mapping(address key => Key) private _keys;
    mapping(bytes32 agency => Agency) private _agencies;
    mapping(bytes32 office => Office) private _offices;
    /// under the subject of hand-overs
    mapping(bytes32 holderAtAgency => Place[]) private _everHeld;
    /// until when somebody's delegate may act for him, by all that was ever delegated to that person
    mapping(bytes32 principalAndDelegate => uint64) private _actsFor;
    mapping(bytes32 stem => Stem) private _stems;
    mapping(bytes32 agency => bool) private _hasWaveStem;
    mapping(bytes32 subject => bytes32 leaf) private _last;
    mapping(bytes32 originAndRpId => bool) private _places;
    /// bundles whose passkey was verified: who signed what never changes
    mapping(bytes32 digestAndSignature => Signer) private _bundles;

    constructor(ILog ledger_, IPasskeys passkeys_, address accessManager, uint64 vetoDelay_)
        AccessManaged(accessManager)
    {
        (ledger, passkeys, vetoDelay) = (ledger_, passkeys_, vetoDelay_);
    }

    // ---- what the Ledger asks; never reverts ----

    /// @inheritdoc IAuthority
    function authorize(
        bytes32 digest,
        bytes32 holder,
        uint256 role,
        bytes32 agency,
        bytes32 post,
        uint256 up,
        bytes32 coverA,
        bytes32 coverB,
        bytes32 r,
        bytes32 s,
        uint256 v
    ) external view returns (uint256 code, bytes32 officeLeaf, uint256 custody, bytes32 principal) {
        (code, custody) = _keyOf(digest, holder, r, s, v);
        if (code != Code.Accepted) return (code, 0, 0, 0);
        (code, officeLeaf, principal) = _inOffice(holder, role, agency, post, up, coverA, coverB);
    }

    /// @inheritdoc IAuthority
    function prove(bytes32 hash, Claim calldata claim, uint256 signatureType, bytes calldata signature)
        external
        returns (Proven memory proven)
    {
        bool bundled = (signatureType == SECP256K1 + BUNDLED || signatureType == PASSKEY + BUNDLED) && claim.role != 0;
        if (bundled) {
            uint256 offset;
            (proven.code, proven.a, proven.b, hash, offset) = passkeys.bundleOf(hash, claim.role, signature);
            if (proven.code != Code.Accepted) return proven;
            (proven.bundle, signatureType, signature) = (hash, signatureType - BUNDLED, signature[offset:]);
        }
        bytes32 digest = _signedDigest(hash);
        bool remembers = bundled && signatureType == PASSKEY;
        bytes32 memo = remembers ? keccak256(abi.encodePacked(digest, signature)) : bytes32(0);
        Signer memory signer = _bundles[memo];
        if (_places[signer.place]) {
            (proven.code, remembers) = (Code.Accepted, false);
        } else {
            (proven.code, proven.a, proven.b, signer) = _signer(digest, signatureType, signature);
        }
        if (proven.code == Code.Accepted) {
            (proven.code, proven.custody) = _own(signer.key, claim.holder);
            // only of people in the register: nobody else makes it remember anything
            if (remembers && proven.code == Code.Accepted) _bundles[memo] = signer;
        }
        if (proven.code == Code.Accepted && claim.role != 0) {
            (proven.code, proven.officeLeaf, proven.principal) = _inOffice(
                claim.holder, claim.role, claim.agency, claim.post, claim.up, claim.coverA, claim.coverB
            );
        }
        if (proven.code != Code.Accepted && proven.a | proven.b == 0) {
            (proven.a, proven.b) = (uint256(claim.holder), uint256(claim.agency));
        }
    }

    /// The office in which a holder signs for an agency, where he has it now.
    function _inOffice(
        bytes32 holder,
        uint256 role,
        bytes32 agency,
        bytes32 post,
        uint256 up,
        bytes32 coverA,
        bytes32 coverB
    ) private view returns (uint256 code, bytes32 officeLeaf, bytes32 principal) {
        if (up > MAX_DEPTH) return (Code.NoOffice, 0, 0);
        bytes32 place = _ancestor(agency, up);
        Office storage office = _offices[_officeKey(holder, place, role, post)];
        officeLeaf = office.leaf;
        if (officeLeaf == 0 || (up > 0 && !_covers(place, agency, office.subtree))) return (Code.NoOffice, 0, 0);
        if (office.from > block.timestamp) return (Code.OfficeNotYet, 0, 0);
        if (office.until != 0 && office.until <= block.timestamp) return (Code.OfficeEnded, 0, 0);
        uint8 mark = office.mark;
        if (mark != 0) {
            if (mark & SUSPENDED != 0) return (Code.OfficeSuspended, 0, 0);
            if (!_delegationStands(office, place, role, post)) return (Code.DelegationEnded, 0, 0);
            principal = office.principal;
        }
        bool subtree = office.subtree;
        if (coverA != 0 && !_covers(place, coverA, subtree) && !_covers(place, coverB, subtree)) {
            return (Code.NotCovering, 0, 0);
        }
        return (Code.Accepted, officeLeaf, principal);
    }

    /// @inheritdoc IAuthority
    function checkStem(bytes32 stem, bytes32 agency, uint256 use) external view returns (uint256 code) {
        Stem storage entry = _stems[stem];
        if (entry.use != use) return Code.UnknownStem;
        if (entry.agency != agency) return Code.StemOfAnother;
        // new processes belong to the agency that succeeded; what an old one left behind is still its own
        return use == NATIVE && _agencies[agency].ended ? Code.UnknownStem : Code.Accepted;
    }

    /// @inheritdoc IAuthority
    function isEntity(bytes32 id) external view returns (bool) {
        return _agencies[id].kind == ENTITY;
    }

    /// @inheritdoc IAuthority
    function lastAct(bytes32 subject) external view returns (bytes32 leaf) {
        return _last[subject];
    }

    /// @inheritdoc IAuthority
    function officeKey(bytes32 holder, bytes32 agency, uint256 role, bytes32 post) external pure returns (bytes32) {
        return _officeKey(holder, agency, role, post);
    }

    function _keyOf(bytes32 digest, bytes32 holder, bytes32 r, bytes32 s, uint256 v)
        private
        view
        returns (uint256 code, uint256 custody)
    {
        if (uint256(s) > HALF_ORDER || (v != 27 && v != 28)) return (Code.BadSignature, 0);
        address signer = ecrecover(digest, uint8(v), r, s);
        if (signer == address(0)) return (Code.BadSignature, 0);
        return _own(signer, holder);
    }

    /// Who signed a digest with a signature of any type but a bundle's.
    function _signer(bytes32 digest, uint256 signatureType, bytes calldata signature)
        private
        view
        returns (uint256 code, uint256 a, uint256 b, Signer memory signer)
    {
        if (signatureType == PASSKEY) {
            (code, a, b, signer.key) = passkeys.passkeyOf(digest, signature);
            if (code != Code.Accepted) return (code, a, b, signer);
            signer.place = keccak256(abi.encode(a, b));
            if (!_places[signer.place]) return (Code.PasskeyOrigin, a, b, signer);
            return (code, 0, 0, signer);
        }
        if (signatureType != SECP256K1 || signature.length != 65) {
            return (Code.SignatureType, signatureType, signature.length, signer);
        }
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) <= HALF_ORDER) {
            // any other v than 27 and 28 gives no address
            signer.key = ecrecover(digest, uint8(signature[64]), bytes32(signature[:32]), s);
        }
        return (signer.key == address(0) ? Code.BadSignature : Code.Accepted, 0, 0, signer);
    }

    /// Whether the key that signed is this holder's, and counts now.
    function _own(address signer, bytes32 holder) private view returns (uint256 code, uint256 custody) {
        Key storage key = _keys[signer];
        if (key.holder != holder || holder == 0) {
            return (_holders[holder] ? Code.BadSignature : Code.UnknownHolder, 0);
        }
        if (key.revoked || key.from > block.timestamp) return (Code.KeyRevoked, 0);
        return (Code.Accepted, key.custody);
    }

    function _ancestor(bytes32 agency, uint256 up) private view returns (bytes32) {
        for (; up > 0; --up) agency = _agencies[agency].parent;
        return agency;
    }

    /// True if an office at `upper` counts for `lower`: the same agency, one that succeeded it, or (for an office that
    /// covers a subtree) one above it.
    function _covers(bytes32 upper, bytes32 lower, bool subtree) private view returns (bool) {
        for (uint256 i = 0; i < MAX_DEPTH && lower != 0; ++i) {
            if (lower == upper) return true;
            Agency storage agency = _agencies[lower];
            if (!subtree && !agency.ended) return false;
            lower = agency.parent;
        }
        return false;
    }

    /// Granted and not over; it may still begin later, and may be suspended.
    function _running(Office storage office, bytes32 agency, uint256 role, bytes32 post) private view returns (bool) {
        if (office.leaf == 0 || (office.until != 0 && office.until <= block.timestamp)) return false;
        return office.mark & DELEGATED == 0 || _delegationStands(office, agency, role, post);
    }

    /// The principal's own office goes on, without a break since he delegated it.
    function _delegationStands(Office storage office, bytes32 agency, uint256 role, bytes32 post)
        private
        view
        returns (bool)
    {
        Office storage own = _offices[_officeKey(office.principal, agency, role, post)];
        return own.turn == office.principalTurn && (own.until == 0 || own.until > block.timestamp);
    }

    function _officeKey(bytes32 holder, bytes32 agency, uint256 role, bytes32 post) private pure returns (bytes32) {
        return keccak256(abi.encode(holder, agency, role, post));
    }

    // ---- acts ----

    uint16 private constant ENROL = 1;
    uint16 private constant ADD_KEY = 2;
    uint16 private constant REVOKE_KEY = 3;
    uint16 private constant REPLACE_KEY = 4;
    uint16 private constant REGISTER_AGENCY = 5;
    uint16 private constant REGISTER_ENTITY = 6;
    uint16 private constant ADD_STEM = 7;
    uint16 private constant GRANT = 8;
    uint16 private constant REVOKE = 9;
    uint16 private constant VETO = 10;
    uint16 private constant MOVE_AGENCY = 11;
    uint16 private constant SUCCEED = 12;
    uint16 private constant SUSPEND = 13;
    uint16 private constant RESUME = 14;
    uint16 private constant DELEGATE = 15;
    uint16 private constant HAND_OVER = 16;
    uint16 private constant APPOINT = 20;
    uint16 private constant DISMISS = 21;
    uint16 private constant BREAK_GLASS = 22;
    uint16 private constant DECIDED = 23;

    /// @inheritdoc IAuthority
    // the office gets the leaf that the ledger answers; the ledger is immutable and calls nobody
    // slither-disable-next-line reentrancy-no-eth
    function act(ActData calldata data, ActSignature[] calldata signatures, bytes calldata body) external {
        if (data.expires < block.timestamp) revert AuthorityActExpired(data.expires, block.timestamp);
        if (data.expires > block.timestamp + MONTH) {
            revert AuthorityActExpiresTooFar(data.expires, block.timestamp + MONTH);
        }
        if (sha256(body) != data.digest) revert AuthorityWrongBody(data.digest, sha256(body));
        bytes32 subject = _subject(data);
        if (_last[subject] != data.previous) revert AuthorityStaleAct(_last[subject], data.previous);
        // slither-disable-next-line uninitialized-local (a struct in memory begins as zeros)
        Checked memory checked;
        checked.digest = _digest(data);
        if (signatures.length == 0 || signatures[0].holder != data.maker) {
            revert AuthoritySignatureMissing(data.maker, 0);
        }
        _apply(data, subject, checked, signatures, body);
        // what nobody checked must not stand in the leaf
        if (checked.count != signatures.length) revert AuthoritySurplusSignatures(signatures.length, checked.count);
        bytes32 leaf = _record(subject, data, checked, body);
        if (data.code == GRANT || data.code == DELEGATE) _offices[subject].leaf = leaf;
        bytes32[] memory handedOver = checked.handedOver;
        for (uint256 i = 0; i < handedOver.length; ++i) {
            bytes32 office = handedOver[i];
            if (office == 0) continue;
            // acts that were signed on these offices before do not count after it
            _last[office] = leaf;
            if (i & 1 == 1) _offices[office].leaf = leaf;
        }
    }

    function _subject(ActData calldata data) private pure returns (bytes32) {
        uint16 code = data.code;
        if (code >= ENROL && code <= REPLACE_KEY) return data.holder;
        if ((code >= REGISTER_AGENCY && code <= ADD_STEM) || code == MOVE_AGENCY || code == SUCCEED) return data.agency;
        if ((code >= GRANT && code <= VETO) || (code >= SUSPEND && code <= DELEGATE)) {
            return _officeKey(data.holder, data.agency, data.role, data.post);
        }
        // no office has role 0
        if (code == HAND_OVER) return _officeKey(data.holder, data.agency, 0, 0);
        revert AuthorityUnknownAct(code);
    }

    function _apply(
        ActData calldata data,
        bytes32 subject,
        Checked memory checked,
        ActSignature[] calldata signatures,
        bytes calldata body
    ) private {
        uint16 code = data.code;
        if (code == ENROL) {
            _registrar(checked, signatures);
            if (data.holder == 0 || data.previous != 0) revert AuthorityKnown(data.holder);
            _holders[data.holder] = true;
            _enrol(data, checked, signatures, 0);
        } else if (code == ADD_KEY) {
            _addKey(data, checked, signatures);
        } else if (code == REVOKE_KEY) {
            if (signatures[0].holder == data.holder) _self(checked, signatures);
            else _registrar(checked, signatures);
            _revokeKey(data.holder, _address(data.key));
        } else if (code == REPLACE_KEY) {
            _registrar(checked, signatures);
            _overseer(checked, signatures, data.holder);
            _revokeKey(data.holder, _address(data.post));
            _enrol(data, checked, signatures, uint64(block.timestamp) + vetoDelay);
        } else if (code == REGISTER_AGENCY || code == REGISTER_ENTITY) {
            _registrar(checked, signatures);
            if (data.agency == 0 || data.previous != 0) revert AuthorityKnown(data.agency);
            _agencies[data.agency].kind = code == REGISTER_AGENCY ? AGENCY : ENTITY;
            _setParent(data.agency, data.holder);
        } else if (code == ADD_STEM) {
            _registrar(checked, signatures);
            _addStem(data, body);
        } else if (code == GRANT) {
            _grant(data, _offices[subject], subject, checked, signatures);
        } else if (code == REVOKE) {
            if (data.role == Role.Overseer || data.role == Role.Registrar) revert AuthorityCouncilOnly(data.role);
            Office storage office = _offices[subject];
            bool own = office.mark & DELEGATED != 0 && office.principal == signatures[0].holder;
            if (own && signatures[0].role == 0) _self(checked, signatures);
            else _registrarOrHead(data.agency, checked, signatures);
            _end(data, subject);
        } else if (code == VETO) {
            _registrar(checked, signatures);
            if (_offices[subject].from <= block.timestamp) {
                revert AuthorityTooLate(_offices[subject].from, block.timestamp);
            }
            _end(data, subject);
        } else if (code == SUSPEND || code == RESUME) {
            _interrupt(data, subject, checked, signatures);
        } else if (code == DELEGATE) {
            _delegate(data, subject, checked, signatures);
        } else if (code == HAND_OVER) {
            _handOver(data, checked, signatures, body);
        } else {
            _registrar(checked, signatures);
            _overseer(checked, signatures, 0);
            _placed(Role.Head, data.agency);
            if (_covers(data.agency, data.holder, true)) revert AuthorityCycle(data.agency, data.holder);
            if (code == SUCCEED && data.holder == 0) revert AuthorityUnknown(data.holder);
            _setParent(data.agency, data.holder);
            if (code == SUCCEED) _agencies[data.agency].ended = true;
        }
    }

    /// A holder adds a key with one that is his own. Whoever else would give him a key could act as him, so that takes
    /// what replacing a lost one takes; a registrar's veto of it is to revoke it.
    function _addKey(ActData calldata data, Checked memory checked, ActSignature[] calldata signatures) private {
        if (!_holders[data.holder]) revert AuthorityUnknown(data.holder);
        uint64 from = 0;
        if (signatures[0].holder == data.holder) {
            _self(checked, signatures);
            // else the gateway could give itself a key that is marked as the holder's own
            if (!checked.ownKey) revert AuthorityOnlyGatewayKeys(data.holder);
        } else {
            _registrar(checked, signatures);
            _overseer(checked, signatures, data.holder);
            from = uint64(block.timestamp) + vetoDelay;
        }
        _enrol(data, checked, signatures, from);
    }

    /// The new key itself signs last: nobody enrols a key that is not there to agree.
    function _enrol(ActData memory data, Checked memory checked, ActSignature[] calldata signatures, uint64 from)
        private
    {
        if (data.custody == 0 || data.custody > LAST_CUSTODY) revert AuthorityUnknown(bytes32(uint256(data.custody)));
        ActSignature calldata own = _next(checked, signatures, data.holder, 0);
        address key = _address(data.key);
        (uint256 code,,, Signer memory signer) = _signer(checked.digest, own.signatureType, own.signature);
        if (code == Code.Accepted && (own.holder != data.holder || signer.key != key)) code = Code.BadSignature;
        if (code != Code.Accepted) revert AuthorityBadSignature(data.holder, code);
        if (_keys[key].holder != 0) revert AuthorityKnown(_keys[key].holder);
        _keys[key] = Key(data.holder, data.custody, false, from);
        _accept(checked, own, 0, 0, data.custody, 0);
    }

    function _revokeKey(bytes32 holder, address key) private {
        Key storage known = _keys[key];
        if (holder == 0 || known.holder != holder || known.revoked) {
            revert AuthorityUnknown(bytes32(uint256(uint160(key))));
        }
        known.revoked = true;
    }

    /// The address that a word holds; a word with more than that would be another key to whoever reads the log.
    function _address(bytes32 word) private pure returns (address) {
        if (uint256(word) >> 160 != 0) revert AuthorityUnknown(word);
        return address(uint160(uint256(word)));
    }

    /// `holder` names the parent in acts on agencies; zero for the top of a tree.
    function _setParent(bytes32 agency, bytes32 parent) private {
        Agency storage moved = _agencies[agency];
        if (parent != 0 && (_agencies[parent].kind != moved.kind || _agencies[parent].ended)) {
            revert AuthorityUnknown(parent);
        }
        moved.parent = parent;
        uint256 depth = moved.below;
        for (bytes32 above = parent; above != 0; above = _agencies[above].parent) {
            ++depth;
            if (_agencies[above].below < depth) _agencies[above].below = uint8(depth);
        }
        if (depth >= MAX_DEPTH) revert AuthorityTooDeep(depth, MAX_DEPTH);
    }

    /// The body is the stem's text. No stem may begin with another stem and a hyphen, so an ocid has one owner only.
    function _addStem(ActData calldata data, bytes calldata stem) private {
        _placed(Role.Head, data.agency);
        if (stem.length == 0 || stem.length > MAX_STEM) revert AuthorityStem(stem);
        if (data.role != NATIVE && data.role != WAVES) revert AuthorityStem(stem);
        bytes32 whole = keccak256(stem);
        if (_stems[whole].use != 0 || _stems[whole].prefix) revert AuthorityStem(stem);
        for (uint256 i = 1; i < stem.length; ++i) {
            if (stem[i] != "-") continue;
            bytes32 part = keccak256(stem[:i]);
            if (_stems[part].use != 0) revert AuthorityStem(stem[:i]);
            _stems[part].prefix = true;
        }
        if (data.role == WAVES) {
            if (_hasWaveStem[data.agency]) revert AuthorityStem(stem);
            _hasWaveStem[data.agency] = true;
        }
        (_stems[whole].agency, _stems[whole].use) = (data.agency, uint8(data.role));
    }

    function _grant(
        ActData calldata data,
        Office storage office,
        bytes32 subject,
        Checked memory checked,
        ActSignature[] calldata signatures
    ) private {
        if (data.role == 0 || data.role >= Role.Overseer && data.role != Role.Head) revert AuthorityCouncilOnly(data.role);
        if (!_holders[data.holder]) revert AuthorityUnknown(data.holder);
        _placed(data.role, data.agency);
        // acts on offices use `custody` 1 for "covers the agencies below too"
        if (data.custody > 1) revert AuthorityUnknown(bytes32(uint256(data.custody)));
        if (data.from != 0 && data.from < block.timestamp) revert AuthorityBackdated(data.from, block.timestamp);
        // the heads of an agency, and the people of a supplier, are the registrar's to name
        if (data.role == Role.Head || data.role == Role.Supplier) _registrar(checked, signatures);
        else _head(data.agency, checked, signatures);
        uint64 from = uint64(block.timestamp);
        if (_takesTwo(data.role)) {
            _another(data.holder, checked, signatures);
            _overseer(checked, signatures, data.holder);
            from += vetoDelay;
        }
        if (data.from > from) from = data.from;
        if (data.until != 0 && data.until <= from) revert AuthorityBackdated(data.until, from);
        if (_running(office, data.agency, data.role, data.post)) revert AuthorityKnown(subject);
        _open(data.holder, data.agency, data.role, data.post, from, data.until, data.custody == 1);
    }

    function _takesTwo(uint256 role) private pure returns (bool) {
        return role == Role.Approver || role == Role.Treasurer || role == Role.Head;
    }

    /// Nobody gets an office that takes two by his own signature, by that of his delegate or of whom he acts for.
    function _another(bytes32 holder, Checked memory checked, ActSignature[] calldata signatures) private view {
        bytes32 maker = signatures[0].holder;
        bytes32 principal = checked.principal;
        if (holder == maker || holder == principal || _bound(holder, maker) || _bound(holder, principal)) {
            revert AuthoritySamePerson(holder);
        }
    }

    function _bound(bytes32 a, bytes32 b) private view returns (bool) {
        return _actsFor[_pair(a, b)] > block.timestamp || _actsFor[_pair(b, a)] > block.timestamp;
    }

    function _pair(bytes32 principal, bytes32 delegate) private pure returns (bytes32) {
        return keccak256(abi.encode(principal, delegate));
    }

    /// Begins an office anew, whatever it was before; its leaf comes when the act is in the log.
    function _open(bytes32 holder, bytes32 agency, uint8 role, bytes32 post, uint64 from, uint64 until, bool subtree)
        private
        returns (Office storage office)
    {
        office = _offices[_officeKey(holder, agency, role, post)];
        if (office.leaf == 0) _everHeld[_officeKey(holder, agency, 0, 0)].push(Place(role, post));
        (office.from, office.until, office.subtree, office.mark) = (from, until, subtree, 0);
        ++office.turn;
    }

    function _end(ActData memory data, bytes32 subject) private {
        _expectRunning(data, subject).until = uint64(block.timestamp);
    }

    function _expectRunning(ActData memory data, bytes32 subject) private view returns (Office storage office) {
        office = _offices[subject];
        if (office.leaf == 0) revert AuthorityUnknown(subject);
        if (!_running(office, data.agency, data.role, data.post)) revert AuthorityTooLate(office.until, block.timestamp);
    }

    /// A suspended office counts for nothing until it is resumed, and what was delegated of it is over.
    function _interrupt(
        ActData calldata data,
        bytes32 subject,
        Checked memory checked,
        ActSignature[] calldata signatures
    ) private {
        if (data.role == Role.Overseer || data.role == Role.Registrar) revert AuthorityCouncilOnly(data.role);
        _registrarOrHead(data.agency, checked, signatures);
        Office storage office = _expectRunning(data, subject);
        if ((office.mark & SUSPENDED != 0) == (data.code == SUSPEND)) revert AuthorityKnown(subject);
        office.mark ^= SUSPENDED;
        if (data.code == SUSPEND) ++office.turn;
        else if (data.holder == data.maker || data.holder == checked.principal) revert AuthoritySamePerson(data.holder);
    }

    /// Somebody lets another act in his own office until a day. It ends with that office and with its suspension.
    function _delegate(
        ActData calldata data,
        bytes32 subject,
        Checked memory checked,
        ActSignature[] calldata signatures
    ) private {
        if (data.role == 0 || data.role >= Role.Overseer && data.role != Role.Head) revert AuthorityCouncilOnly(data.role);
        if (!_holders[data.holder]) revert AuthorityUnknown(data.holder);
        if (data.holder == data.maker) revert AuthoritySamePerson(data.holder);
        _placed(data.role, data.agency);
        _office(checked, _next(checked, signatures, data.maker, data.role), data.role, data.agency, data.post);
        if (checked.principal != 0) revert AuthorityDelegated(checked.principal);
        // else the gateway could let a key of its choice stand beside one that it keeps
        if (!checked.ownKey) revert AuthorityOnlyGatewayKeys(data.maker);
        Office storage own = _offices[_officeKey(data.maker, data.agency, data.role, data.post)];
        if (data.custody > (own.subtree ? 1 : 0)) revert AuthorityUnknown(bytes32(uint256(data.custody)));
        uint64 from = uint64(block.timestamp);
        if (data.from != 0 && data.from < from) revert AuthorityBackdated(data.from, from);
        if (data.from > from) from = data.from;
        if (data.until <= from) revert AuthorityBackdated(data.until, from);
        if (own.until != 0 && data.until > own.until) revert AuthorityTooLate(data.until, own.until);
        if (_running(_offices[subject], data.agency, data.role, data.post)) revert AuthorityKnown(subject);
        Office storage office =
            _open(data.holder, data.agency, data.role, data.post, from, data.until, data.custody == 1);
        (office.mark, office.principalTurn, office.principal) = (DELEGATED, own.turn, data.maker);
        bytes32 pair = _pair(data.maker, data.holder);
        if (_actsFor[pair] < data.until) _actsFor[pair] = data.until;
    }

    /// Ends all that `holder` has at the agency and grants it to the holder in `key`: the same posts, reach and ends. What
    /// was delegated to him ends too, and nobody follows him in it. The body begins with the list, in the order of first
    /// grants, so that what is signed says all of it.
    function _handOver(
        ActData calldata data,
        Checked memory checked,
        ActSignature[] calldata signatures,
        bytes calldata body
    ) private {
        _registrarOrHead(data.agency, checked, signatures);
        _overseer(checked, signatures, data.holder);
        if (data.key == data.holder || data.key == signatures[1].holder) revert AuthoritySamePerson(data.key);
        if (!_holders[data.key]) revert AuthorityUnknown(data.key);
        if (_agencies[data.agency].kind == 0 || _agencies[data.agency].ended) revert AuthorityUnknown(data.agency);
        Place[] storage places = _everHeld[_officeKey(data.holder, data.agency, 0, 0)];
        uint256 count = places.length;
        bytes32[] memory handedOver = new bytes32[](2 * count);
        uint256 position = 0;
        for (uint256 i = 0; i < count; ++i) {
            Place memory place = places[i];
            bytes32 key = _officeKey(data.holder, data.agency, place.role, place.post);
            if (!_running(_offices[key], data.agency, place.role, place.post)) continue;
            position = _listed(body, position, place);
            handedOver[2 * i] = key;
            handedOver[2 * i + 1] = _succession(data, place, _offices[key], checked, signatures);
        }
        if (position == 0) revert AuthorityUnknown(data.holder);
        if (position >= body.length || body[position] != "]") revert AuthorityNotHeld(position);
        checked.handedOver = handedOver;
    }

    /// Ends one office and begins the successor's, whose key it answers; zero where nobody follows.
    function _succession(
        ActData calldata data,
        Place memory place,
        Office storage office,
        Checked memory checked,
        ActSignature[] calldata signatures
    ) private returns (bytes32 key) {
        (uint64 from, uint64 until) = (uint64(block.timestamp), office.until);
        office.until = from;
        if (office.mark & DELEGATED != 0) return 0;
        if (_takesTwo(place.role)) {
            _another(data.key, checked, signatures);
            from += vetoDelay;
        }
        if ((place.role == Role.Head || place.role == Role.Supplier) && signatures[0].role != Role.Registrar) {
            revert AuthorityNoOffice(data.maker, 0, Role.Registrar);
        }
        if (office.from > from) from = office.from;
        if (until != 0 && until <= from) revert AuthorityBackdated(until, from);
        key = _officeKey(data.key, data.agency, place.role, place.post);
        if (_running(_offices[key], data.agency, place.role, place.post)) revert AuthorityKnown(key);
        _open(data.key, data.agency, place.role, place.post, from, until, office.subtree);
    }

    /// The list in the body says this office at `position`, and goes on at `end`.
    function _listed(bytes calldata body, uint256 position, Place memory place) private pure returns (uint256 end) {
        bytes memory hexadecimal = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) {
            hexadecimal[i] = bytes16("0123456789abcdef")[uint256(place.post) >> (252 - 4 * i) & 15];
        }
        bytes memory told = abi.encodePacked(
            position == 0 ? '{"offices":[{"role":' : ',{"role":', bytes1(48 + place.role), ',"post":"0x', hexadecimal, '"}'
        );
        end = position + told.length;
        if (end > body.length || keccak256(body[position:end]) != keccak256(told)) {
            revert AuthorityLeftOut(place.role, place.post);
        }
    }

    /// Offices of suppliers stand at entities, registrars and overseers at none, all others at agencies that go on.
    function _placed(uint256 role, bytes32 agency) private view {
        if (role == Role.Registrar || role == Role.Overseer) {
            if (agency != 0) revert AuthorityUnknown(agency);
        } else if (_agencies[agency].kind != (role == Role.Supplier ? ENTITY : AGENCY) || _agencies[agency].ended) {
            revert AuthorityUnknown(agency);
        }
    }

    // ---- who signed ----

    function _registrar(Checked memory checked, ActSignature[] calldata signatures) private view {
        _office(checked, _next(checked, signatures, 0, Role.Registrar), Role.Registrar, 0, 0);
    }

    function _registrarOrHead(bytes32 agency, Checked memory checked, ActSignature[] calldata signatures) private view {
        if (signatures[0].role == Role.Registrar) _registrar(checked, signatures);
        else _head(agency, checked, signatures);
    }

    /// The second person: an overseer who is neither the first, nor whom that one acts for, nor the one it is about. One of the two must sign with a
    /// key that the gateway does not keep.
    function _overseer(Checked memory checked, ActSignature[] calldata signatures, bytes32 about) private view {
        ActSignature calldata second = _next(checked, signatures, 0, Role.Overseer);
        if (second.holder == signatures[0].holder || second.holder == about || second.holder == checked.principal) {
            revert AuthoritySamePerson(second.holder);
        }
        _office(checked, second, Role.Overseer, 0, 0);
        if (!checked.ownKey) revert AuthorityOnlyGatewayKeys(second.holder);
    }

    /// A head of the agency, or one above it whose office covers what is below.
    function _head(bytes32 agency, Checked memory checked, ActSignature[] calldata signatures) private view {
        ActSignature calldata first = _next(checked, signatures, 0, Role.Head);
        _office(checked, first, Role.Head, first.agency, 0);
        bool subtree = _offices[_officeKey(first.holder, first.agency, Role.Head, 0)].subtree;
        if (!_covers(first.agency, agency, subtree)) revert AuthorityNoOffice(first.holder, agency, Role.Head);
    }

    /// The holder himself, in no office.
    function _self(Checked memory checked, ActSignature[] calldata signatures) private view {
        ActSignature calldata own = _next(checked, signatures, 0, 0);
        _accept(checked, own, 0, 0, _signed(checked, own), 0);
    }

    function _office(
        Checked memory checked,
        ActSignature calldata signature,
        uint256 role,
        bytes32 agency,
        bytes32 post
    ) private view {
        uint256 custody = _signed(checked, signature);
        Office storage office = _offices[_officeKey(signature.holder, agency, role, post)];
        if (!_running(office, agency, role, post) || office.from > block.timestamp) {
            revert AuthorityNoOffice(signature.holder, agency, role);
        }
        if (office.mark & SUSPENDED != 0) revert AuthoritySuspended(signature.holder, agency, role);
        // only the first signer's can be delegated: overseers and registrars stand in for nobody
        if (office.mark & DELEGATED != 0) checked.principal = office.principal;
        _accept(checked, signature, role, agency, custody, office.leaf);
    }

    function _signed(Checked memory checked, ActSignature calldata signature) private view returns (uint256 custody) {
        (uint256 code,,, Signer memory signer) =
            _signer(checked.digest, signature.signatureType, signature.signature);
        if (code == Code.Accepted) (code, custody) = _own(signer.key, signature.holder);
        if (code != Code.Accepted) revert AuthorityBadSignature(signature.holder, code);
        if (custody != GATEWAY_CUSTODY) checked.ownKey = true;
    }

    function _next(Checked memory checked, ActSignature[] calldata signatures, bytes32 holder, uint256 role)
        private
        pure
        returns (ActSignature calldata)
    {
        if (checked.count == signatures.length) revert AuthoritySignatureMissing(holder, role);
        return signatures[checked.count];
    }

    /// Chains a signer as the leaf of an entry does; the capacity that a relayer wrote must be the one that was checked.
    function _accept(
        Checked memory checked,
        ActSignature calldata signature,
        uint256 role,
        bytes32 agency,
        uint256 custody,
        bytes32 office
    ) private pure {
        if (signature.role != role || signature.agency != agency) {
            revert AuthorityNoOffice(signature.holder, signature.agency, signature.role);
        }
        ++checked.count;
        checked.chain = Acts.chained(checked.chain, signature.holder, role, custody, office);
        checked.packed = Acts.packed(checked.packed, signature, role, agency, custody, office);
    }

    function _digest(ActData memory data) private view returns (bytes32) {
        return _signedDigest(Acts.hash(data));
    }

    function _signedDigest(bytes32 hash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", ledger.domainSeparator(), hash));
    }

    function _record(bytes32 subject, ActData memory data, Checked memory checked, bytes calldata body)
        private
        returns (bytes32 leaf)
    {
        bytes32[14] memory words = Acts.words(data);
        uint256 sequence;
        uint256 timeMs;
        (leaf, sequence, timeMs) = ledger.append(2, words, checked.chain);
        _last[subject] = leaf;
        emit ActRecorded(leaf, subject, words, sequence, timeMs, checked.chain, body, checked.packed);
    }

    // ---- what the council alone does ----

    /// @inheritdoc IAuthority
    function appoint(
        bytes32 holder,
        address key,
        uint8 custody,
        uint8 role,
        uint64 until,
        bytes calldata body,
        ActSignature[] calldata own
    ) external restricted {
        if (role != Role.Registrar && role != Role.Overseer) revert AuthorityCouncilOnly(role);
        if (until != 0 && until <= block.timestamp) revert AuthorityBackdated(until, block.timestamp);
        bytes32 subject = _officeKey(holder, 0, role, 0);
        ActData memory data = _councilAct(APPOINT, holder, 0, role, subject, until, body);
        (data.key, data.custody) = (bytes32(uint256(uint160(key))), custody);
        bytes32 leaf = _record(subject, data, _consent(data, own), body);
        if (key != address(0)) _last[holder] = leaf;
        _open(holder, 0, role, 0, uint64(block.timestamp), until, false).leaf = leaf;
    }

    /// Enrols whom the council names, if he is new and his key agrees; a holder's further keys are no decision of it.
    function _consent(ActData memory data, ActSignature[] calldata own) private returns (Checked memory checked) {
        if (_holders[data.holder]) {
            if (data.key != 0 || data.custody != 0 || own.length != 0) revert AuthorityKnown(data.holder);
            return checked;
        }
        if (data.holder == 0 || _last[data.holder] != 0) revert AuthorityKnown(data.holder);
        checked.digest = _digest(data);
        _holders[data.holder] = true;
        _enrol(data, checked, own, 0);
        if (checked.count != own.length) revert AuthoritySurplusSignatures(own.length, checked.count);
    }

    /// @inheritdoc IAuthority
    function dismiss(bytes32 holder, uint8 role, bytes calldata body) external restricted {
        if (role != Role.Registrar && role != Role.Overseer) revert AuthorityCouncilOnly(role);
        bytes32 subject = _officeKey(holder, 0, role, 0);
        ActData memory data = _councilAct(DISMISS, holder, 0, role, subject, uint64(block.timestamp), body);
        _end(data, subject);
        // slither-disable-next-line uninitialized-local (nobody signed: zeros)
        Checked memory none;
        _record(subject, data, none, body);
    }

    /// @inheritdoc IAuthority
    function breakGlass(bytes32 holder, bytes32 agency, uint8 role, bytes32 post, uint64 until, bytes calldata body)
        external
        restricted
    {
        uint64 latest = uint64(block.timestamp) + LONGEST_BREAK_GLASS;
        if (until <= block.timestamp || until > latest) revert AuthorityBackdated(until, latest);
        if (!_holders[holder]) revert AuthorityUnknown(holder);
        if (role == 0 || role > Role.Registrar) revert AuthorityUnknown(bytes32(uint256(role)));
        _placed(role, agency);
        bytes32 subject = _officeKey(holder, agency, role, post);
        // an office that runs would end with the glass
        if (_running(_offices[subject], agency, role, post)) revert AuthorityKnown(subject);
        ActData memory data = _councilAct(BREAK_GLASS, holder, agency, role, subject, until, body);
        data.post = post;
        // slither-disable-next-line uninitialized-local (nobody signed: zeros)
        Checked memory none;
        bytes32 leaf = _record(subject, data, none, body);
        _open(holder, agency, role, post, uint64(block.timestamp), until, false).leaf = leaf;
        emit GlassBroken(leaf, holder, agency, role, until);
    }

    /// @inheritdoc IAuthority
    function setOrigin(string calldata origin, string calldata rpId, bool allowed) external restricted {
        _places[keccak256(abi.encode(keccak256(bytes(origin)), sha256(bytes(rpId))))] = allowed;
        _decided(address(this), msg.data);
    }

    /// @inheritdoc IAuthority
    function decided(address target, bytes calldata data) external restricted {
        _decided(target, data);
    }

    function _decided(address target, bytes calldata data) private {
        bytes32 key = bytes32(uint256(uint160(target)));
        bytes32 subject = _officeKey(0, 0, 0, key);
        ActData memory words = _councilAct(DECIDED, 0, 0, 0, subject, 0, data);
        words.key = key;
        // slither-disable-next-line uninitialized-local (nobody signed: zeros)
        Checked memory none;
        _record(subject, words, none, data);
    }

    /// Maker and `expires` of a council's act are zero: it has its own members, delay and single use.
    function _councilAct(
        uint16 code,
        bytes32 holder,
        bytes32 agency,
        uint8 role,
        bytes32 subject,
        uint64 until,
        bytes calldata body
    ) private view returns (ActData memory data) {
        (data.code, data.holder, data.agency, data.role) = (code, holder, agency, role);
        (data.until, data.digest, data.previous) = (until, sha256(body), _last[subject]);
    }

    // ---- the access log of a gateway ----

    uint256 private constant ANCHOR_LEAF = 6;
    bytes32 private constant ANCHOR_TYPE = keccak256("AccessLog(bytes32 head,uint64 rows,address account)");

    /// @inheritdoc IAuthority
    function anchor(bytes32 head, uint64 rows) external restricted {
        bytes32[14] memory words;
        (words[0], words[1], words[2]) = (ANCHOR_TYPE, head, bytes32(uint256(rows)));
        words[3] = bytes32(uint256(uint160(msg.sender)));
        (bytes32 leaf, uint256 sequence, uint256 timeMs) = ledger.append(ANCHOR_LEAF, words, 0);
        emit AccessLogAnchored(leaf, head, rows, msg.sender, sequence, timeMs);
    }
}

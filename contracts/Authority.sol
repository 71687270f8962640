// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Code} from "./Codes.sol";
import {Role} from "./Words.sol";
import {ActData, ActSignature, IAuthority} from "./interfaces/IAuthority.sol";
import {ILog} from "./interfaces/ILog.sol";

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
    }

    struct Office {
        bytes32 leaf;
        uint64 from;
        uint64 until;
        bool subtree;
    }

    struct Stem {
        bytes32 agency;
        uint8 use;
        bool prefix; // some registered stem begins with this text and a hyphen
    }

    uint8 private constant AGENCY = 1;
    uint8 private constant ENTITY = 2;
    uint8 private constant NATIVE = 1;
    uint8 private constant WAVES = 2;
    uint256 private constant MAX_DEPTH = 8;
    uint256 private constant MONTH = 31 days;
    uint64 private constant LONGEST_BREAK_GLASS = 7 days;
    /// half the order of secp256k1: a signature with a higher s is a second form of the same one
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    bytes32 private constant ACT_TYPE = keccak256(
        "Act(uint16 code,bytes32 maker,bytes32 holder,bytes32 agency,uint8 role,bytes32 post,bytes32 key,uint8 custody,uint64 from,uint64 until,bytes32 digest,bytes32 previous,uint64 expires)"
    );

    ILog public immutable ledger;
    uint64 public immutable vetoDelay;

    mapping(address key => Key) private _keys;
    mapping(bytes32 agency => Agency) private _agencies;
    mapping(bytes32 office => Office) private _offices;
    mapping(bytes32 stem => Stem) private _stems;
    mapping(bytes32 agency => bool) private _hasWaveStem;
    mapping(bytes32 subject => bytes32 leaf) private _last;

    constructor(ILog ledger_, address accessManager, uint64 vetoDelay_) AccessManaged(accessManager) {
        (ledger, vetoDelay) = (ledger_, vetoDelay_);
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
    ) external view returns (uint256 code, bytes32 officeLeaf, uint256 custody) {
        (code, custody) = _keyOf(digest, holder, r, s, v);
        if (code != Code.Accepted) return (code, 0, 0);
        if (up > MAX_DEPTH) return (Code.NoOffice, 0, 0);
        for (uint256 i = 0; i < up; ++i) agency = _agencies[agency].parent;
        Office storage office = _offices[_officeKey(holder, agency, role, post)];
        officeLeaf = office.leaf;
        if (officeLeaf == 0 || (up > 0 && !office.subtree)) return (Code.NoOffice, 0, 0);
        if (office.from > block.timestamp) return (Code.OfficeNotYet, 0, 0);
        if (office.until != 0 && office.until <= block.timestamp) return (Code.OfficeEnded, 0, 0);
        if (coverA != 0 && agency != coverA && agency != coverB) {
            if (!office.subtree || !(_above(agency, coverA) || (coverB != 0 && _above(agency, coverB)))) {
                return (Code.NotCovering, 0, 0);
            }
        }
    }

    /// @inheritdoc IAuthority
    function isHolder(bytes32 digest, bytes32 holder, bytes32 r, bytes32 s, uint256 v)
        external
        view
        returns (uint256 code, uint256 custody)
    {
        return _keyOf(digest, holder, r, s, v);
    }

    /// @inheritdoc IAuthority
    function checkStem(bytes32 stem, bytes32 agency) external view returns (uint256 code) {
        Stem storage entry = _stems[stem];
        if (entry.use != NATIVE) return Code.UnknownStem;
        return entry.agency == agency ? Code.Accepted : Code.StemOfAnother;
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
        Key storage key = _keys[signer];
        if (key.holder != holder || holder == 0) {
            return (_last[holder] == 0 ? Code.UnknownHolder : Code.BadSignature, 0);
        }
        if (key.revoked || key.from > block.timestamp) return (Code.KeyRevoked, 0);
        return (Code.Accepted, key.custody);
    }

    /// True if `upper` stands somewhere above `lower` in the tree.
    function _above(bytes32 upper, bytes32 lower) private view returns (bool) {
        for (uint256 i = 0; i < MAX_DEPTH && lower != 0; ++i) {
            lower = _agencies[lower].parent;
            if (lower == upper) return upper != 0;
        }
        return false;
    }

    function _officeKey(bytes32 holder, bytes32 agency, uint256 role, bytes32 post) private pure returns (bytes32) {
        return keccak256(abi.encode(holder, agency, role, post));
    }

    // ---- acts ----

    /// @inheritdoc IAuthority
    function act(ActData calldata data, ActSignature[] calldata signatures, bytes calldata body) external {
        if (data.expires < block.timestamp) revert AuthorityActExpired(data.expires, block.timestamp);
        if (data.expires > block.timestamp + MONTH) revert AuthorityActExpiresTooFar(data.expires, block.timestamp + MONTH);
        if (sha256(body) != data.digest) revert AuthorityWrongBody(data.digest, sha256(body));
        bytes32 subject = _subject(data);
        if (_last[subject] != data.previous) revert AuthorityStaleAct(_last[subject], data.previous);
        bytes32 digest = keccak256(
            abi.encodePacked(hex"1901", ledger.domainSeparator(), keccak256(abi.encode(ACT_TYPE, data)))
        );
        if (signatures.length == 0 || signatures[0].holder != data.maker) revert AuthoritySignatureMissing(data.maker, 0);
        _apply(data, signatures, digest, body);
        bytes32 leaf = _record(subject, data, _chain(signatures), body);
        if (data.code == GRANT) {
            Office storage office = _offices[subject];
            office.leaf = leaf;
        }
    }

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
    uint16 private constant APPOINT = 20;
    uint16 private constant DISMISS = 21;
    uint16 private constant BREAK_GLASS = 22;

    function _subject(ActData calldata data) private pure returns (bytes32) {
        if (data.code >= ENROL && data.code <= REPLACE_KEY) return data.holder;
        if ((data.code >= REGISTER_AGENCY && data.code <= ADD_STEM) || data.code == MOVE_AGENCY) return data.agency;
        if (data.code >= GRANT && data.code <= VETO) {
            return _officeKey(data.holder, data.agency, data.role, data.post);
        }
        revert AuthorityUnknownAct(data.code);
    }

    function _apply(ActData calldata data, ActSignature[] calldata signatures, bytes32 digest, bytes calldata body)
        private
    {
        uint16 code = data.code;
        if (code == ENROL) {
            _office(signatures[0], digest, Role.Registrar, 0);
            if (data.holder == 0 || data.previous != 0) revert AuthorityKnown(data.holder);
            _enrol(data, _ownKey(data, signatures, 1, digest), 0);
        } else if (code == ADD_KEY) {
            _registrarOrSelf(data, signatures[0], digest);
            _enrol(data, _ownKey(data, signatures, 1, digest), 0);
        } else if (code == REVOKE_KEY) {
            _registrarOrSelf(data, signatures[0], digest);
            _revokeKey(data.holder, address(uint160(uint256(data.key))));
        } else if (code == REPLACE_KEY) {
            _office(signatures[0], digest, Role.Registrar, 0);
            _second(signatures, digest);
            _revokeKey(data.holder, address(uint160(uint256(data.post))));
            _enrol(data, _ownKey(data, signatures, 2, digest), uint64(block.timestamp) + vetoDelay);
        } else if (code == REGISTER_AGENCY || code == REGISTER_ENTITY) {
            _office(signatures[0], digest, Role.Registrar, 0);
            _register(data, code == REGISTER_AGENCY ? AGENCY : ENTITY);
        } else if (code == ADD_STEM) {
            _office(signatures[0], digest, Role.Registrar, 0);
            _addStem(data, body);
        } else if (code == GRANT) {
            _grant(data, signatures, digest);
        } else if (code == REVOKE) {
            _headOrRegistrar(data, signatures[0], digest);
            Office storage office = _offices[_subject(data)];
            if (office.leaf == 0) revert AuthorityUnknown(_subject(data));
            office.until = uint64(block.timestamp);
        } else if (code == VETO) {
            _office(signatures[0], digest, Role.Registrar, 0);
            Office storage office = _offices[_subject(data)];
            if (office.leaf == 0 || office.from <= block.timestamp) revert AuthorityTooLate(office.from, block.timestamp);
            office.until = uint64(block.timestamp);
        } else {
            _office(signatures[0], digest, Role.Registrar, 0);
            _second(signatures, digest);
            if (_agencies[data.agency].kind != AGENCY) revert AuthorityUnknown(data.agency);
            if (data.holder == data.agency || _above(data.agency, data.holder)) revert AuthorityKnown(data.holder);
            _setParent(data.agency, data.holder);
        }
    }

    function _enrol(ActData calldata data, address key, uint64 from) private {
        if (data.custody == 0 || data.custody > 6) revert AuthorityUnknown(bytes32(uint256(data.custody)));
        if (_keys[key].holder != 0) revert AuthorityKnown(_keys[key].holder);
        _keys[key] = Key(data.holder, data.custody, false, from);
    }

    /// The signature that the new key itself gives: nobody enrols a key that is not there to agree.
    function _ownKey(ActData calldata data, ActSignature[] calldata signatures, uint256 index, bytes32 digest)
        private
        pure
        returns (address key)
    {
        if (signatures.length <= index) revert AuthoritySignatureMissing(data.holder, 0);
        ActSignature calldata own = signatures[index];
        key = address(uint160(uint256(data.key)));
        if (uint256(own.s) > HALF_ORDER || key == address(0) || ecrecover(digest, own.v, own.r, own.s) != key) {
            revert AuthorityBadSignature(data.holder, Code.BadSignature);
        }
    }

    function _revokeKey(bytes32 holder, address key) private {
        if (_keys[key].holder != holder || _keys[key].revoked) revert AuthorityUnknown(bytes32(uint256(uint160(key))));
        _keys[key].revoked = true;
    }

    function _register(ActData calldata data, uint8 kind) private {
        if (data.agency == 0 || _agencies[data.agency].kind != 0) revert AuthorityKnown(data.agency);
        _agencies[data.agency].kind = kind;
        _setParent(data.agency, data.holder);
    }

    /// `holder` names the parent in acts on agencies; zero for the top of a tree.
    function _setParent(bytes32 agency, bytes32 parent) private {
        bytes32 above = parent;
        uint256 depth = 0;
        for (; above != 0; ++depth) {
            if (_agencies[above].kind == 0) revert AuthorityUnknown(above);
            above = _agencies[above].parent;
        }
        if (depth >= MAX_DEPTH) revert AuthorityTooDeep(depth, MAX_DEPTH);
        _agencies[agency].parent = parent;
    }

    /// The body is the stem's text. No stem may begin with another stem and a hyphen, so an ocid has one owner only.
    function _addStem(ActData calldata data, bytes calldata stem) private {
        if (_agencies[data.agency].kind != AGENCY) revert AuthorityUnknown(data.agency);
        if (stem.length == 0 || stem.length > 100) revert AuthorityStem(stem);
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

    function _grant(ActData calldata data, ActSignature[] calldata signatures, bytes32 digest) private {
        if (data.role == 0 || data.role >= Role.Overseer && data.role != Role.Head) revert AuthorityCouncilOnly(data.role);
        if (_last[data.holder] == 0) revert AuthorityUnknown(data.holder);
        if (_agencies[data.agency].kind == 0) revert AuthorityUnknown(data.agency);
        if (data.from != 0 && data.from < block.timestamp) revert AuthorityBackdated(data.from, block.timestamp);
        if (data.until != 0 && data.until <= block.timestamp) revert AuthorityBackdated(data.until, block.timestamp);
        if (data.role == Role.Head || _agencies[data.agency].kind == ENTITY) {
            // the first head of an agency, and the people of a supplier, are the registrar's to name
            _office(signatures[0], digest, Role.Registrar, 0);
        } else {
            _head(data.agency, signatures[0], digest);
        }
        uint64 from = uint64(block.timestamp);
        if (data.role == Role.Approver || data.role == Role.Treasurer || data.role == Role.Head) {
            if (data.holder == data.maker) revert AuthoritySamePerson(data.holder);
            _second(signatures, digest);
            if (signatures[1].holder == data.holder) revert AuthoritySamePerson(data.holder);
            from += vetoDelay;
        }
        Office storage office = _offices[_subject(data)];
        if (office.leaf != 0 && (office.until == 0 || office.until > block.timestamp)) revert AuthorityKnown(_subject(data));
        office.from = data.from > from ? data.from : from;
        office.until = data.until;
        office.subtree = data.custody == 1; // acts on offices use `custody` 1 for "covers the agencies below too"
    }

    function _registrarOrSelf(ActData calldata data, ActSignature calldata signature, bytes32 digest) private view {
        if (_last[data.holder] == 0) revert AuthorityUnknown(data.holder);
        if (signature.holder == data.holder) _signed(signature, digest);
        else _office(signature, digest, Role.Registrar, 0);
    }

    function _headOrRegistrar(ActData calldata data, ActSignature calldata signature, bytes32 digest) private view {
        if (signature.role == Role.Registrar) _office(signature, digest, Role.Registrar, 0);
        else _head(data.agency, signature, digest);
    }

    /// A head of the agency, or one above it whose office covers what is below.
    function _head(bytes32 agency, ActSignature calldata signature, bytes32 digest) private view {
        _office(signature, digest, Role.Head, signature.agency);
        if (signature.agency == agency) return;
        bool subtree = _offices[_officeKey(signature.holder, signature.agency, Role.Head, 0)].subtree;
        if (!subtree || !_above(signature.agency, agency)) revert AuthorityNoOffice(signature.holder, agency, Role.Head);
    }

    /// The second person: an overseer, who is not the first.
    function _second(ActSignature[] calldata signatures, bytes32 digest) private view {
        if (signatures.length < 2) revert AuthoritySignatureMissing(0, Role.Overseer);
        if (signatures[1].holder == signatures[0].holder) revert AuthoritySamePerson(signatures[0].holder);
        _office(signatures[1], digest, Role.Overseer, 0);
    }

    function _office(ActSignature calldata signature, bytes32 digest, uint256 role, bytes32 agency) private view {
        _signed(signature, digest);
        Office storage office = _offices[_officeKey(signature.holder, agency, role, 0)];
        if (
            office.leaf == 0 || office.from > block.timestamp || (office.until != 0 && office.until <= block.timestamp)
        ) revert AuthorityNoOffice(signature.holder, agency, role);
    }

    function _signed(ActSignature calldata signature, bytes32 digest) private view {
        (uint256 code,) = _keyOf(digest, signature.holder, signature.r, signature.s, signature.v);
        if (code != Code.Accepted) revert AuthorityBadSignature(signature.holder, code);
    }

    function _chain(ActSignature[] calldata signatures) private pure returns (bytes32 signers) {
        for (uint256 i = 0; i < signatures.length; ++i) {
            signers = keccak256(abi.encode(signers, signatures[i].holder, signatures[i].role));
        }
    }

    function _record(bytes32 subject, ActData memory data, bytes32 signers, bytes memory body)
        private
        returns (bytes32 leaf)
    {
        bytes32[14] memory words = abi.decode(abi.encode(ACT_TYPE, data), (bytes32[14]));
        uint256 sequence;
        uint256 timeMs;
        (leaf, sequence, timeMs) = ledger.append(2, words, signers);
        _last[subject] = leaf;
        emit ActRecorded(leaf, subject, words, sequence, timeMs, signers, body);
    }

    // ---- what the council alone does ----

    /// @inheritdoc IAuthority
    function appoint(bytes32 holder, address key, uint8 custody, uint8 role, uint64 until, bytes calldata body)
        external
        restricted
    {
        if (role != Role.Registrar && role != Role.Overseer) revert AuthorityCouncilOnly(role);
        if (_last[holder] == 0) {
            if (key == address(0) || _keys[key].holder != 0) revert AuthorityKnown(_keys[key].holder);
            _keys[key] = Key(holder, custody, false, 0);
            _last[holder] = keccak256("appointed");
        }
        bytes32 subject = _officeKey(holder, 0, role, 0);
        ActData memory data = _councilAct(APPOINT, holder, 0, role, subject, until, body);
        (data.key, data.custody) = (bytes32(uint256(uint160(key))), custody);
        _offices[subject] = Office(_record(subject, data, 0, body), uint64(block.timestamp), until, false);
    }

    /// @inheritdoc IAuthority
    function dismiss(bytes32 holder, uint8 role, bytes calldata body) external restricted {
        bytes32 subject = _officeKey(holder, 0, role, 0);
        if (_offices[subject].leaf == 0) revert AuthorityUnknown(subject);
        _record(subject, _councilAct(DISMISS, holder, 0, role, subject, uint64(block.timestamp), body), 0, body);
        _offices[subject].until = uint64(block.timestamp);
    }

    /// @inheritdoc IAuthority
    function breakGlass(bytes32 holder, bytes32 agency, uint8 role, bytes32 post, uint64 until, bytes calldata body)
        external
        restricted
    {
        uint64 latest = uint64(block.timestamp) + LONGEST_BREAK_GLASS;
        if (until <= block.timestamp || until > latest) revert AuthorityBackdated(until, latest);
        if (_last[holder] == 0) revert AuthorityUnknown(holder);
        bytes32 subject = _officeKey(holder, agency, role, post);
        ActData memory data = _councilAct(BREAK_GLASS, holder, agency, role, subject, until, body);
        data.post = post;
        bytes32 leaf = _record(subject, data, 0, body);
        _offices[subject] = Office(leaf, uint64(block.timestamp), until, false);
        emit GlassBroken(leaf, holder, agency, role, until);
    }

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
        (data.from, data.until, data.digest) = (uint64(block.timestamp), until, sha256(body));
        data.previous = _last[subject];
    }
}

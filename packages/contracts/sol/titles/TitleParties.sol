// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ITitleIdentities} from "./ITitleIdentities.sol";
import {ITitleRegistry} from "./ITitleRegistry.sol";
import {TitleBase} from "./TitleBase.sol";
import {TitleHashes} from "./TitleHashes.sol";
import {TitleRoles} from "./TitleRoles.sol";

/// @title Who signs: openings, accounts, roles, signatures.
/// @dev Contract accounts are asked by STATICCALL (ERC-1271), so a signer's code can change nothing meanwhile,
/// and every check stands before the first write.
abstract contract TitleParties is TitleBase {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME = keccak256("VecheTitleRegistry");
    bytes32 private constant VERSION = keccak256("1");

    /// @dev EIP-712; the domain is computed each time, since code behind a proxy knows no address of its own.
    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(), structHash));
    }

    /// @dev Owner, notary, consents. A notary attests what others do: it is none of them, and no registrar.
    function _requireParties(Title storage title, bytes32 propertyId, bytes32 digest, Parties calldata parties)
        internal
        view
    {
        address notary = parties.notary.account;
        // by role: the sender may be CityAccess, whose `execute` any registrar may use
        if (_isInOffice(TitleRoles.REGISTRAR, notary)) revert TitleRegistryNotaryIsParty(notary);
        _requireStranger(notary, parties.ownerSignature.account);
        _requireOwner(title.ownerC, parties.owner, digest, parties.ownerSignature);
        _requireOffice(TitleRoles.NOTARY, digest, parties.notary);
        _requireConsents(title, propertyId, digest, parties.consent, notary);
    }

    function _requireHolders(Title storage title, bytes32 propertyId, bytes32 digest, bytes[] calldata signatures)
        internal
        view
    {
        uint256 count = title.liens;
        if (signatures.length != count) revert TitleRegistryHoldersMissing(propertyId, signatures.length, count);
        if (count == 0) return;
        Lien[] storage liens = _liens[propertyId];
        for (uint256 i = 0; i < count; ++i) _requireSigned(liens[i].holder, digest, signatures[i]);
    }

    /// @dev The opening leads to the commitment, the account acts for the party, the account signed.
    function _requireOwner(
        bytes32 ownerC,
        Opening calldata opening,
        bytes32 digest,
        Signature calldata signature
    ) internal view {
        _requireOpens(ownerC, opening.party, opening.salt);
        _requireParty(opening.party, digest, signature);
    }

    function _requireOpens(bytes32 ownerC, bytes32 party, bytes32 salt) internal pure {
        if (TitleHashes.owner(party, salt) != ownerC) revert TitleRegistryNotOpened(ownerC, party);
    }

    function _requireParty(bytes32 party, bytes32 digest, Signature calldata signature) internal view {
        bool acts = uint256(party) >> 160 == 0
            ? party == bytes32(uint256(uint160(signature.account)))
            : ITitleIdentities(_identities).isController(party, signature.account);
        if (!acts) revert TitleRegistryNotController(party, signature.account);
        _requireSigned(signature.account, digest, signature.data);
    }

    function _requireSigned(address account, bytes32 digest, bytes calldata data) internal view {
        if (!SignatureChecker.isValidSignatureNowCalldata(account, digest, data)) {
            revert TitleRegistryBadSignature(account);
        }
    }

    /// @dev In office, in this block: {AccessManager} grants take effect after their delay, revocations at once.
    function _requireOffice(uint64 role, bytes32 digest, Signature calldata signature) internal view {
        if (!_isInOffice(role, signature.account)) revert TitleRegistryNotInRole(signature.account, role);
        _requireSigned(signature.account, digest, signature.data);
    }

    function _requireStranger(address notary, address party) internal pure {
        if (notary == party) revert TitleRegistryNotaryIsParty(notary);
    }

    function _isInOffice(uint64 role, address account) private view returns (bool member) {
        (member,) = IAccessManager(authority()).hasRole(role, account);
    }

    function _requireConsents(Title storage title, bytes32 propertyId, bytes32 digest, Consent[] calldata consents, address notary)
        internal
        view
    {
        if (!title.hasConsent) return;
        if (consents.length != 1) revert TitleRegistryConsentMissing(propertyId, consents.length);
        bytes32 consentC = title.consentC;
        Consent calldata who = consents[0];
        if (TitleHashes.consent(who) != consentC) revert TitleRegistryNotOpened(consentC, who.spouse);
        _requireStranger(notary, who.spouseSignature.account);
        _requireStranger(notary, who.guardianSignature.account);
        if (who.spouse != 0) _requireParty(who.spouse, digest, who.spouseSignature);
        if (who.guardian != 0) _requireParty(who.guardian, digest, who.guardianSignature);
    }

    /// @inheritdoc ITitleRegistry
    function domainSeparator() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, NAME, VERSION, block.chainid, address(this)));
    }
}

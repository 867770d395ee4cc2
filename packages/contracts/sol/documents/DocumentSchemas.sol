// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityUpgradeable} from "../access/CityUpgradeable.sol";
import {IDocumentRegistry} from "./IDocumentRegistry.sol";

/// @title Schemas of documents and who may do what under them: the administrative half of DocumentRegistry.
/// @dev Its state variables stand before those of DocumentRegistry: a later version appends there, never here.
abstract contract DocumentSchemas is IDocumentRegistry, CityUpgradeable {
    /// @dev a link, not a text
    uint256 public constant URI_BYTES_MAX = 256;

    struct Powers {
        bool issuer;
        bool revoker;
    }

    mapping(bytes32 schemaId => Schema) private _schemas;
    mapping(bytes32 schemaId => mapping(address account => Powers)) private _powers;

    /// @inheritdoc IDocumentRegistry
    function registerSchema(bytes32 schemaId, bytes32 previous, bytes32 definition, string calldata uri)
        external
        restricted
    {
        _registerSchema(schemaId, previous, definition, uri);
    }

    /// @inheritdoc IDocumentRegistry
    function freezeSchema(bytes32 schemaId) external restricted {
        _requireOpen(schemaId);
        _schemas[schemaId].frozen = true;
        emit SchemaFrozen(schemaId);
    }

    /// @inheritdoc IDocumentRegistry
    function grantPower(bytes32 schemaId, address account, Power power) external restricted {
        if (power == Power.Issue) _requireOpen(schemaId);
        else _requireKnown(schemaId);
        _grant(schemaId, account, power);
    }

    /// @inheritdoc IDocumentRegistry
    function withdrawPower(bytes32 schemaId, address account, Power power) external restricted {
        if (!_mayAs(schemaId, account, power)) revert DocumentRegistryPowerUnchanged(schemaId, account, power);
        _setPower(schemaId, account, power, false);
        emit PowerWithdrawn(schemaId, account, power);
    }

    /// @inheritdoc IDocumentRegistry
    function schemaOf(bytes32 schemaId) external view returns (Schema memory schema) {
        return _schemas[schemaId];
    }

    /// @inheritdoc IDocumentRegistry
    function powersOf(bytes32 schemaId, address account) external view returns (bool issuer, bool revoker) {
        Powers memory powers = _powers[schemaId][account];
        return (powers.issuer, powers.revoker);
    }

    /// @dev Schemas and powers of the first block; runs inside the initializer.
    function _setUpSchema(SchemaSetup calldata setup) internal {
        _registerSchema(setup.schemaId, 0, 0, setup.uri);
        for (uint256 i = 0; i < setup.issuers.length; ++i) _grant(setup.schemaId, setup.issuers[i], Power.Issue);
        for (uint256 i = 0; i < setup.revokers.length; ++i) _grant(setup.schemaId, setup.revokers[i], Power.Revoke);
    }

    function _requireIssuer(bytes32 schemaId) internal view {
        _requireOpen(schemaId);
        if (!_powers[schemaId][msg.sender].issuer) _unauthorized(schemaId);
    }

    /// @dev Refuses a caller who holds none of the powers named.
    function _requireOneOf(bytes32 schemaId, bool issuers, bool revokers) internal view {
        Powers memory powers = _powers[schemaId][msg.sender];
        if (!((issuers && powers.issuer) || (revokers && powers.revoker))) _unauthorized(schemaId);
    }

    function _requireUri(string calldata uri) internal pure {
        if (bytes(uri).length > URI_BYTES_MAX) revert DocumentRegistryUriTooLong(bytes(uri).length, URI_BYTES_MAX);
    }

    function _registerSchema(bytes32 schemaId, bytes32 previous, bytes32 definition, string calldata uri) private {
        if (schemaId == 0) revert DocumentRegistryZeroValue();
        _requireUri(uri);
        Schema storage schema = _schemas[schemaId];
        if (schema.version != 0) revert DocumentRegistrySchemaExists(schemaId, schema.version);
        uint32 version = 1;
        if (previous != 0) {
            Schema storage before = _requireKnown(previous);
            if (before.succeeded) revert DocumentRegistrySchemaSucceeded(previous);
            before.succeeded = true;
            version = before.version + 1;
        }
        schema.version = version;
        schema.previous = previous;
        schema.definition = definition;
        emit SchemaRegistered(schemaId, previous, version, definition, uri);
    }

    function _grant(bytes32 schemaId, address account, Power power) private {
        if (account == address(0)) revert DocumentRegistryZeroValue();
        if (_mayAs(schemaId, account, power)) revert DocumentRegistryPowerUnchanged(schemaId, account, power);
        _setPower(schemaId, account, power, true);
        emit PowerGranted(schemaId, account, power);
    }

    function _mayAs(bytes32 schemaId, address account, Power power) private view returns (bool) {
        Powers memory powers = _powers[schemaId][account];
        return power == Power.Issue ? powers.issuer : powers.revoker;
    }

    function _setPower(bytes32 schemaId, address account, Power power, bool held) private {
        Powers storage powers = _powers[schemaId][account];
        if (power == Power.Issue) powers.issuer = held;
        else powers.revoker = held;
    }

    function _requireKnown(bytes32 schemaId) private view returns (Schema storage schema) {
        schema = _schemas[schemaId];
        if (schema.version == 0) revert DocumentRegistrySchemaUnknown(schemaId);
    }

    function _requireOpen(bytes32 schemaId) private view {
        if (_requireKnown(schemaId).frozen) revert DocumentRegistrySchemaFrozen(schemaId);
    }

    function _unauthorized(bytes32 schemaId) private view {
        revert DocumentRegistryUnauthorized(msg.sender, schemaId, msg.sig);
    }
}

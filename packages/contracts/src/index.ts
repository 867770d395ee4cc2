/** The door of contracts. test/exports.test.ts holds this list literally. */

export {
  decodeValues,
  formatValue,
  formatValues,
  type NamedValue,
  nameValues,
} from './abi-values.ts'
export {
  type CityAccessSetup,
  cityAccess,
  cityAccessInitCode,
  hastened,
  LOCAL_HASTE,
  type ReleaseRecord,
  releaseArguments,
  releaseRegistry,
  releaseRegistryInitCode,
} from './access/city-access.ts'
export {
  CITY_CONTRACTS,
  type CityContract,
  type CityFunction,
  type CityPower,
  cityFunctions,
  UPGRADE_POWER,
} from './access/city-functions.ts'
export {
  CITY_ROLES,
  type CityRole,
  type CityRoleName,
  cityRoleName,
  HIGH_RISK_SECONDS,
  UPGRADE_SECONDS,
} from './access/city-roles.ts'
export {
  admission,
  decodeQuotaWord,
  QUOTA_UNLIMITED,
  type Quota,
  type QuotaClass,
  quotaAdmitterSlot,
  quotaClassSlot,
  quotaPolicy,
  quotaPolicyInitializer,
  quotaSlot,
  UNLIMITED_QUOTA,
} from './access/quota-policy.ts'
export {
  CITY_ACCESS_ADDRESS,
  DEPARTMENT_ACCOUNT_CODE_ADDRESS,
  DEPARTMENT_FACTORY_ADDRESS,
  DOCUMENT_REGISTRY_ADDRESS,
  FAIR_OFFICE_ADDRESS,
  FAIR_SEASON_CODE_ADDRESS,
  IDENTITY_REGISTRY_ADDRESS,
  implementationAddress,
  P256_VERIFIER_ADDRESS,
  QUOTA_POLICY_ADDRESS,
  RELEASE_REGISTRY_ADDRESS,
  SERVICE_POINTS_ADDRESS,
  TITLE_REGISTRY_ADDRESS,
  VALIDATOR_SET_ADDRESS,
  WEBAUTHN_VERIFIER_ADDRESS,
} from './addresses.ts'
export {
  type BatchRecord,
  type BatchTree,
  batchRecordHash,
  createBatchTree,
  foldBatchPath,
} from './batch.ts'
export {
  accepted,
  type Binding,
  type BindingOptions,
  createBinding,
  type DecodedCall,
  type EventOf,
  type RawLog,
} from './binding.ts'
export { canonicalJson, type JsonValue } from './canonical-json.ts'
export { codeHashAt, type SelfPlaces } from './code-hash.ts'
export {
  commitmentLeaf,
  documentCommitment,
  documentLeaf,
  payloadHash,
  schemaId,
} from './commitment.ts'
export { type CsvItem, readCsv } from './csv.ts'
export {
  type BatchPlace,
  DOCUMENT_FORMAT,
  type Document,
  type DocumentContent,
  decodeDocument,
  decodeDocumentContent,
  decodeDocumentText,
  encodeDocument,
} from './document.ts'
export { type DocumentChange, foldDocumentHead, nextDocumentHead } from './document-head.ts'
export {
  type BatchProof,
  COURT_REASON_MIN,
  DOCUMENT_POWERS,
  type DocumentList,
  type DocumentPower,
  type DocumentRegistrySetup,
  type DocumentTarget,
  documentBatchProof,
  documentRegistry,
  documentRegistryInitializer,
  EMPTY_BATCH_PROOF,
  type NewSchema,
  type SchemaSetup,
} from './document-registry.ts'
export {
  type DocumentRecord,
  type DocumentRegistryEvent,
  decodeDocumentRecord,
  decodeDocumentRegistryLog,
  decodeDocumentRegistryRevert,
  decodeRegistryTotals,
  decodeSchemaRecord,
  type LogLike,
  type Revert,
  type SchemaRecord,
} from './document-registry-answers.ts'
export {
  type DocumentRegistryCall,
  decodeDocumentRegistryCall,
} from './document-registry-calls.ts'
export { type Equivocation, encodeEquivocation, type SignedContent } from './equivocation.ts'
export {
  type FairOfficeSetup,
  fairOfficeInitCode,
  fairSeasonInitCode,
} from './fairs/office-setup.ts'
export {
  cityAccessAbi,
  cityAccessBytecode,
  cityAccessCodeHash,
  cityAccessRelease,
} from './generated/city-access.ts'
export {
  departmentAccountAbi,
  departmentAccountBytecode,
  departmentAccountCodeHash,
} from './generated/department-account.ts'
export { departmentFactoryAbi } from './generated/department-factory.ts'
export {
  documentRegistryAbi,
  documentRegistryBytecode,
  documentRegistryCodeHash,
  documentRegistryRelease,
} from './generated/document-registry.ts'
export {
  erc1967ProxyAbi,
  erc1967ProxyBytecode,
  erc1967ProxyCodeHash,
  erc1967ProxyRelease,
} from './generated/erc1967-proxy.ts'
export { fairOfficeAbi, fairOfficeBytecode, fairOfficeCodeHash } from './generated/fair-office.ts'
export { fairSeasonAbi, fairSeasonBytecode, fairSeasonCodeHash } from './generated/fair-season.ts'
export {
  identityRegistryAbi,
  identityRegistryBytecode,
  identityRegistryCodeHash,
} from './generated/identity-registry.ts'
export { p256VerifierBytecode } from './generated/p256-verifier.ts'
export {
  quotaPolicyAbi,
  quotaPolicyBytecode,
  quotaPolicyCodeHash,
} from './generated/quota-policy.ts'
export {
  releaseRegistryAbi,
  releaseRegistryBytecode,
  releaseRegistryCodeHash,
  releaseRegistryRelease,
} from './generated/release-registry.ts'
export { GENESIS_RELEASES } from './generated/releases.ts'
export {
  servicePointsAbi,
  servicePointsBytecode,
  servicePointsCodeHash,
  servicePointsRelease,
} from './generated/service-points.ts'
export {
  titleRegistryAbi,
  titleRegistryBytecode,
  titleRegistryCodeHash,
  titleRegistryRelease,
} from './generated/title-registry.ts'
export {
  validatorSetAbi,
  validatorSetBytecode,
  validatorSetCodeHash,
  validatorSetRelease,
} from './generated/validator-set.ts'
export { webAuthnVerifierBytecode } from './generated/web-authn-verifier.ts'
export {
  addressSigner,
  lowS,
  P256_HALF_ORDER,
  p256Signer,
  packSignatures,
  type SignedBy,
  type SignerKind,
  signerKeyHash,
  signerKindOf,
  type WebAuthnAssertion,
  webAuthnSignature,
  webAuthnSigner,
} from './identity/city-signers.ts'
export {
  type DepartmentCall,
  type DepartmentPlace,
  departmentAccount,
  departmentCallMessage,
  departmentFactory,
  departmentFactoryInitCode,
  departmentHashMessage,
} from './identity/department-account.ts'
export {
  IDENTITY_STATUSES,
  type IdentityMessageKind,
  type IdentityRecord,
  identityCommitment,
  identityMessage,
  identityRegistry,
  nextIdentityHead,
  rebindingRequestId,
} from './identity/identity-registry.ts'
export {
  isP256Signed,
  p256PublicKey,
  p256SignatureFromDer,
  signP256Digest,
} from './identity/p256.ts'
export {
  type TypedDomain,
  type TypedField,
  type TypedMessage,
  typedDigest,
  typedFields,
} from './identity/typed-data.ts'
export {
  BATCH_COUNT_MAX,
  CSV_RECORD_BYTES_MAX,
  DOCUMENT_CHANGES_MAX,
  PATH_LENGTH_MAX,
} from './limits.ts'
export { GENERATED_TYPES, makeDocuments } from './make-documents.ts'
export {
  type PayMessage,
  POINTS_TYPES,
  type PointsMessages,
  type PointsPlace,
  type PointsTypedData,
  pointsTypedData,
} from './points/authorization.ts'
export {
  CITY_POINTS_CALENDAR,
  keyedNonce,
  openInvoiceId,
  POINT,
  POINTS_BATCH_MAX,
  POINTS_EPOCHS_IN_A_YEAR,
  POINTS_LIFE_YEARS,
  type PointsBudget,
  type PointsCalendar,
  type PointsPayee,
  pointsEpoch,
  pointsExpirySeconds,
  pointsYear,
  type ServicePointsSetup,
  servicePoints,
  servicePointsStart,
} from './points/service-points.ts'
export {
  createErrorTable,
  type DecodedRevert,
  decodeRevertWith,
  type ErrorTable,
} from './revert.ts'
export { type RowContext, rowToDocument } from './rows.ts'
export {
  batchRecordSlot,
  type DocumentState,
  type DocumentStatus,
  decodeDocumentWord,
  decodePowersWord,
  decodeSchemaWord,
  decodeTotalsWord,
  documentDetailSlots,
  documentProofSlots,
  documentSlot,
  powersSlot,
  type RegistryTotals,
  schemaSlot,
  TOTALS_SLOT,
} from './storage-slots.ts'
export {
  createLegacyTree,
  LEGACY_COUNT_MAX,
  type LegacyTree,
  legacyLevels,
  legacySiblings,
  openLegacyTree,
} from './titles/legacy-tree.ts'
export {
  TITLE_ACTS,
  type TitleAct,
  type TitleActKind,
  type TitleDomain,
  type TitleTypedData,
  titleDigest,
  titleStructHash,
  titleTypedData,
} from './titles/title-acts.ts'
export {
  accountParty,
  childId,
  consentCommitment,
  type LegacyTitle,
  legacyLeaf,
  type OwnerOpening,
  ownerCommitment,
  partyAccount,
  propertyId,
  SHARE_WHOLE,
  type TitleLien,
} from './titles/title-commitment.ts'
export {
  foldTitle,
  nextTitleHead,
  TITLE_OPS,
  type TitleEvent,
  type TitleStory,
  titleOfEvent,
} from './titles/title-history.ts'
export { titleRegistry, titleRegistryInitializer } from './titles/title-registry.ts'
export { decodeTitleWord, type TitleWord, titleSlots } from './titles/title-slots.ts'
export {
  decodeValidators,
  organisationId,
  type ValidatorSetSetup,
  validatorSet,
  validatorSetInitCode,
} from './validator-set.ts'
export {
  decodeProposal,
  decodeValidatorSetLog,
  decodeValidatorSetRevert,
  decodeWord,
  PROPOSAL_STAGES,
  type SetProposal,
  type ValidatorSetEvent,
} from './validator-set-answers.ts'
export {
  type DocumentEvidence,
  type DocumentTrust,
  type DocumentVerdict,
  judgeDocument,
  type ProvenRegistry,
  proveRegistry,
  proveWord,
  verifyDocument,
} from './verify-document.ts'

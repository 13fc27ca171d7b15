BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0012_role_units');
CREATE TABLE api_key (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	key_hash VARCHAR(64) NOT NULL, 
	scopes JSON NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, unit_id INTEGER REFERENCES unit (id), per_minute INTEGER DEFAULT '6000' NOT NULL, expires_at DATETIME, last_used_at DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (key_hash), 
	UNIQUE (name)
);
INSERT INTO "api_key" VALUES(1001,'x1001','x1001','["consult", "ledger", "supervise", "knowledge", "reports"]',1,'2026-01-05 02:00:00.000000',1001,1001,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
INSERT INTO "api_key" VALUES(1002,'x1002','x1002','["consult", "ledger", "supervise", "knowledge", "reports"]',1,'2026-01-05 02:00:00.000000',1002,1002,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
INSERT INTO "api_key" VALUES(1003,'x1003','x1003','["consult", "ledger", "supervise", "knowledge", "reports"]',1,'2026-01-05 02:00:00.000000',1003,1003,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
CREATE TABLE asker (
	id INTEGER NOT NULL, 
	name_sealed TEXT, 
	contact_sealed TEXT, 
	contact_hash VARCHAR(64), 
	contact_masked VARCHAR(32), 
	purge_on DATE, 
	PRIMARY KEY (id)
);
INSERT INTO "asker" VALUES(1001,'x1001','x1001','x1001','x1001','2024-04-25');
INSERT INTO "asker" VALUES(1002,'x1002','x1002','x1002','x1002','2024-04-26');
INSERT INTO "asker" VALUES(1003,'x1003','x1003','x1003','x1003','2024-04-27');
CREATE TABLE audit_event (
	id INTEGER NOT NULL, 
	occurred_at DATETIME NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	details JSON NOT NULL, 
	previous_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_event" VALUES(1001,'2026-01-05 02:00:00.000000','x1001','purge','x1001','{}','x1001','x1001');
INSERT INTO "audit_event" VALUES(1002,'2026-01-05 02:00:00.000000','x1002','take_back','x1002','{}','x1002','x1002');
INSERT INTO "audit_event" VALUES(1003,'2026-01-05 02:00:00.000000','x1003','sign_in','x1003','{}','x1003','x1003');
CREATE TABLE callback (
	id INTEGER NOT NULL, 
	entry_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	called_at DATETIME NOT NULL, 
	contact_masked VARCHAR(32), 
	outcome VARCHAR(32) NOT NULL, 
	reply_number INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	operator VARCHAR(80) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	UNIQUE (entry_id, attempt)
);
INSERT INTO "callback" VALUES(1001,1001,1001,'2026-01-05 02:00:00.000000','x1001','no_contact',1001,'x1001','x1001');
INSERT INTO "callback" VALUES(1002,1002,1002,'2026-01-05 02:00:00.000000','x1002','reached',1002,'x1002','x1002');
INSERT INTO "callback" VALUES(1003,1003,1003,'2026-01-05 02:00:00.000000','x1003','not_reached',1003,'x1003','x1003');
CREATE TABLE choice (
	consultation_id VARCHAR(36) NOT NULL, 
	pair_id INTEGER, 
	version INTEGER, 
	operator VARCHAR(80) NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (consultation_id), 
	FOREIGN KEY(consultation_id) REFERENCES consultation (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id)
);
INSERT INTO "choice" VALUES('x1001',1001,1001,'x1001','2026-01-05 02:00:00.000000');
INSERT INTO "choice" VALUES('x1002',1002,1002,'x1002','2026-01-05 02:00:00.000000');
INSERT INTO "choice" VALUES('x1003',1003,1003,'x1003','2026-01-05 02:00:00.000000');
CREATE TABLE consultation (
	id VARCHAR(36) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	external_id VARCHAR(128), 
	question TEXT NOT NULL, 
	field VARCHAR(32), 
	verdict VARCHAR(16) NOT NULL, 
	confidence FLOAT NOT NULL, 
	candidates JSON NOT NULL, 
	nearest_unit VARCHAR(64), 
	asker_id INTEGER, 
	degraded BOOLEAN NOT NULL, 
	index_revision INTEGER NOT NULL, 
	operator VARCHAR(80) NOT NULL, 
	took_ms FLOAT NOT NULL, 
	created_at DATETIME NOT NULL, repeat_of VARCHAR(20), revealed_by VARCHAR(80), revealed_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(asker_id) REFERENCES asker (id), 
	UNIQUE (channel, external_id)
);
INSERT INTO "consultation" VALUES('x1001','office_phone','x1001','x1001','养老','unmatched',1001.0,'[]','x1001',1001,1,1001,'x1001',1001.0,'2026-01-05 02:00:00.000000','x1001','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "consultation" VALUES('x1002','mailbox','x1002','x1002','医疗','answered',1002.0,'[]','x1002',1002,1,1002,'x1002',1002.0,'2026-01-05 02:00:00.000000','x1002','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "consultation" VALUES('x1003','service_desk','x1003','x1003','就业创业','choose',1003.0,'[]','x1003',1003,1,1003,'x1003',1003.0,'2026-01-05 02:00:00.000000','x1003','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE contradiction (
	id INTEGER NOT NULL, 
	first_id INTEGER NOT NULL, 
	second_id INTEGER NOT NULL, 
	differences JSON NOT NULL, 
	found_at DATETIME NOT NULL, 
	settled_at DATETIME, 
	settled_by VARCHAR(64), 
	outcome VARCHAR(500), 
	PRIMARY KEY (id), 
	FOREIGN KEY(first_id) REFERENCES qa_pair (id), 
	FOREIGN KEY(second_id) REFERENCES qa_pair (id), 
	UNIQUE (first_id, second_id)
);
INSERT INTO "contradiction" VALUES(1001,1001,1001,'[]','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1001','x1001');
INSERT INTO "contradiction" VALUES(1002,1002,1002,'[]','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1002','x1002');
INSERT INTO "contradiction" VALUES(1003,1003,1003,'[]','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1003','x1003');
CREATE TABLE delivery_attempt (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	attempted_at DATETIME NOT NULL, 
	error VARCHAR(200), 
	PRIMARY KEY (id), 
	FOREIGN KEY(event_id) REFERENCES outbox_event (id)
);
INSERT INTO "delivery_attempt" VALUES(1001,1001,'2026-01-05 02:00:00.000000','x1001');
INSERT INTO "delivery_attempt" VALUES(1002,1002,'2026-01-05 02:00:00.000000','x1002');
INSERT INTO "delivery_attempt" VALUES(1003,1003,'2026-01-05 02:00:00.000000','x1003');
CREATE TABLE idempotency_record (
	id INTEGER NOT NULL, 
	api_key_id INTEGER NOT NULL, 
	idempotency_key VARCHAR(200) NOT NULL, 
	request_hash VARCHAR(64) NOT NULL, 
	status_code INTEGER NOT NULL, 
	body JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(api_key_id) REFERENCES api_key (id), 
	UNIQUE (api_key_id, idempotency_key)
);
INSERT INTO "idempotency_record" VALUES(1001,1001,'x1001','x1001',1001,'{}','2026-01-05 02:00:00.000000');
INSERT INTO "idempotency_record" VALUES(1002,1002,'x1002','x1002',1002,'{}','2026-01-05 02:00:00.000000');
INSERT INTO "idempotency_record" VALUES(1003,1003,'x1003','x1003',1003,'{}','2026-01-05 02:00:00.000000');
CREATE TABLE index_revision (
	id INTEGER NOT NULL, 
	bank_id VARCHAR(36) NOT NULL, 
	revision INTEGER NOT NULL, words INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "index_revision" VALUES(1,'405b5b5b-8785-4025-a036-e9857a852ed2',0,0);
INSERT INTO "index_revision" VALUES(1001,'x1001',1001,1001);
INSERT INTO "index_revision" VALUES(1002,'x1002',1002,1002);
INSERT INTO "index_revision" VALUES(1003,'x1003',1003,1003);
CREATE TABLE job_lease (
	name VARCHAR(64) NOT NULL, 
	holder VARCHAR(64) NOT NULL, 
	held_until DATETIME NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "job_lease" VALUES('x1001','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "job_lease" VALUES('x1002','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "job_lease" VALUES('x1003','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE ledger_co_unit (
	entry_id INTEGER NOT NULL, 
	unit_id INTEGER NOT NULL, 
	opinion TEXT, 
	given_by VARCHAR(80), 
	given_at DATETIME, 
	PRIMARY KEY (entry_id, unit_id), 
	FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	FOREIGN KEY(unit_id) REFERENCES unit (id)
);
INSERT INTO "ledger_co_unit" VALUES(1001,1001,'x1001','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "ledger_co_unit" VALUES(1002,1002,'x1002','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "ledger_co_unit" VALUES(1003,1003,'x1003','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE ledger_entry (
	id INTEGER NOT NULL, 
	number VARCHAR(20) NOT NULL, 
	consultation_id VARCHAR(36), 
	question TEXT NOT NULL, 
	field VARCHAR(32), 
	unit_id INTEGER NOT NULL, 
	routed_by VARCHAR(32) NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	asker_id INTEGER, 
	received_at DATETIME NOT NULL, 
	due_on DATE NOT NULL, 
	original_due_on DATE NOT NULL, 
	due_provisional BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, kind VARCHAR(32) DEFAULT 'consultation' NOT NULL, channel VARCHAR(32) DEFAULT '' NOT NULL, terms TEXT DEFAULT '' NOT NULL, limit_workdays INTEGER DEFAULT '5' NOT NULL, extended_workdays INTEGER DEFAULT '0' NOT NULL, joined_to_id INTEGER REFERENCES ledger_entry (id), pair_id INTEGER REFERENCES qa_pair (id), pair_version INTEGER, pair_declined TEXT, assigned_at DATETIME, informed_at DATETIME, closed_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(asker_id) REFERENCES asker (id), 
	FOREIGN KEY(consultation_id) REFERENCES consultation (id), 
	FOREIGN KEY(unit_id) REFERENCES unit (id), 
	UNIQUE (consultation_id), 
	UNIQUE (number)
);
INSERT INTO "ledger_entry" VALUES(1001,'x1001','x1001','x1001','养老',1001,'nearest_pair','assigned',1001,'2026-01-05 02:00:00.000000','2024-04-25','2024-04-25',1,1001,'correction','office_phone','x1001',1001,1001,1001,1001,1001,'x1001','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
INSERT INTO "ledger_entry" VALUES(1002,'x1002','x1002','x1002','医疗',1002,'default','accepted',1002,'2026-01-05 02:00:00.000000','2024-04-26','2024-04-26',1,1002,'consultation','mailbox','x1002',1002,1002,1002,1002,1002,'x1002','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
INSERT INTO "ledger_entry" VALUES(1003,'x1003','x1003','x1003','就业创业',1003,'supervisor','returned',1003,'2026-01-05 02:00:00.000000','2024-04-27','2024-04-27',1,1003,'correction','service_desk','x1003',1003,1003,1003,1003,1003,'x1003','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
CREATE TABLE ledger_event (
	id INTEGER NOT NULL, 
	entry_id INTEGER NOT NULL, 
	actor VARCHAR(80) NOT NULL, 
	occurred_at DATETIME NOT NULL, 
	from_state VARCHAR(32), 
	to_state VARCHAR(32) NOT NULL, 
	reason TEXT NOT NULL, verb VARCHAR(32) DEFAULT 'register' NOT NULL, details JSON DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
);
INSERT INTO "ledger_event" VALUES(1001,1001,'x1001','2026-01-05 02:00:00.000000','assigned','assigned','x1001','ask_extension','{}');
INSERT INTO "ledger_event" VALUES(1002,1002,'x1002','2026-01-05 02:00:00.000000','accepted','accepted','x1002','urge','{}');
INSERT INTO "ledger_event" VALUES(1003,1003,'x1003','2026-01-05 02:00:00.000000','returned','returned','x1003','join','{}');
CREATE TABLE ledger_reply (
	id INTEGER NOT NULL, 
	entry_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	field VARCHAR(32) NOT NULL, 
	question VARCHAR(200) NOT NULL, 
	answer TEXT NOT NULL, 
	phone_script VARCHAR(200) NOT NULL, 
	basis JSON NOT NULL, 
	no_basis_reason TEXT, 
	effective_from DATE NOT NULL, 
	expires_on DATE, 
	is_public BOOLEAN NOT NULL, 
	private_reason TEXT, 
	author VARCHAR(80) NOT NULL, 
	created_at DATETIME NOT NULL, 
	approved_by VARCHAR(80), 
	approved_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	UNIQUE (entry_id, number)
);
INSERT INTO "ledger_reply" VALUES(1001,1001,1001,'养老','x1001','x1001','x1001','[]','x1001','2024-04-25','2024-04-25',1,'x1001','x1001','2026-01-05 02:00:00.000000','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "ledger_reply" VALUES(1002,1002,1002,'医疗','x1002','x1002','x1002','[]','x1002','2024-04-26','2024-04-26',1,'x1002','x1002','2026-01-05 02:00:00.000000','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "ledger_reply" VALUES(1003,1003,1003,'就业创业','x1003','x1003','x1003','[]','x1003','2024-04-27','2024-04-27',1,'x1003','x1003','2026-01-05 02:00:00.000000','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE ledger_sequence (
	day DATE NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (day)
);
INSERT INTO "ledger_sequence" VALUES('2024-04-25',1001);
INSERT INTO "ledger_sequence" VALUES('2024-04-26',1002);
INSERT INTO "ledger_sequence" VALUES('2024-04-27',1003);
CREATE TABLE matter (
	id INTEGER NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	field VARCHAR(32) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	keywords JSON NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "matter" VALUES(1001,'x1001','养老','x1001','[]');
INSERT INTO "matter" VALUES(1002,'x1002','医疗','x1002','[]');
INSERT INTO "matter" VALUES(1003,'x1003','就业创业','x1003','[]');
CREATE TABLE media (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	title VARCHAR(100) NOT NULL, 
	checksum VARCHAR(64) NOT NULL, 
	content_type VARCHAR(32) NOT NULL, 
	size INTEGER NOT NULL, 
	uploaded_by VARCHAR(64) NOT NULL, 
	uploaded_at DATETIME NOT NULL, 
	approved_by VARCHAR(64), 
	approved_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id), 
	UNIQUE (pair_id, checksum)
);
INSERT INTO "media" VALUES(1001,1001,'video','x1001','x1001','x1001',1001,'x1001','2026-01-05 02:00:00.000000','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "media" VALUES(1002,1002,'infographic','x1002','x1002','x1002',1002,'x1002','2026-01-05 02:00:00.000000','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "media" VALUES(1003,1003,'animation','x1003','x1003','x1003',1003,'x1003','2026-01-05 02:00:00.000000','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE "outbox_event" (
	id INTEGER NOT NULL, 
	topic VARCHAR(64) NOT NULL, 
	subject VARCHAR(64) NOT NULL, 
	payload JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at DATETIME, 
	delivered_at DATETIME, 
	destination VARCHAR(32) DEFAULT 'webhook' NOT NULL, 
	outcome VARCHAR(32), 
	last_error VARCHAR(200), 
	queued_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "outbox_event" VALUES(1001,'x1001','x1001','{}','2026-01-05 02:00:00.000000',1001,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','mail','given_up','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "outbox_event" VALUES(1002,'x1002','x1002','{}','2026-01-05 02:00:00.000000',1002,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','webhook','delivered','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "outbox_event" VALUES(1003,'x1003','x1003','{}','2026-01-05 02:00:00.000000',1003,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','mail','skipped','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE pair_basis (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	document_id INTEGER NOT NULL, 
	article VARCHAR(100), 
	position INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(document_id) REFERENCES policy_document (id), 
	FOREIGN KEY(version_id) REFERENCES qa_version (id)
);
INSERT INTO "pair_basis" VALUES(1001,1001,1001,'x1001',1001);
INSERT INTO "pair_basis" VALUES(1002,1002,1002,'x1002',1002);
INSERT INTO "pair_basis" VALUES(1003,1003,1003,'x1003',1003);
CREATE TABLE pair_change (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id)
);
INSERT INTO "pair_change" VALUES(1001,1001,'withdrawn',1001,1001,'2026-01-05 02:00:00.000000');
INSERT INTO "pair_change" VALUES(1002,1002,'draft',1002,1002,'2026-01-05 02:00:00.000000');
INSERT INTO "pair_change" VALUES(1003,1003,'published',1003,1003,'2026-01-05 02:00:00.000000');
CREATE TABLE policy_article (
	id INTEGER NOT NULL, 
	document_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(document_id) REFERENCES policy_document (id)
);
INSERT INTO "policy_article" VALUES(1001,1001,1001,'x1001','x1001');
INSERT INTO "policy_article" VALUES(1002,1002,1002,'x1002','x1002');
INSERT INTO "policy_article" VALUES(1003,1003,1003,'x1003','x1003');
CREATE TABLE policy_document (
	id INTEGER NOT NULL, 
	"key" VARCHAR(128) NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	document_number VARCHAR(128) NOT NULL, 
	issuer VARCHAR(200) NOT NULL, 
	issued_on DATE, 
	effective_from DATE, 
	validity VARCHAR(32) NOT NULL, 
	invalid_since DATE, 
	replaced_by VARCHAR(128), is_public BOOLEAN DEFAULT 1 NOT NULL, link VARCHAR(500), confirmed_on DATE, confirmed_by VARCHAR(64), 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "policy_document" VALUES(1001,'x1001','x1001','x1001','x1001','2024-04-25','2024-04-25','修改','2024-04-25','x1001',1,'x1001','2024-04-25','x1001');
INSERT INTO "policy_document" VALUES(1002,'x1002','x1002','x1002','x1002','2024-04-26','2024-04-26','失效','2024-04-26','x1002',1,'x1002','2024-04-26','x1002');
INSERT INTO "policy_document" VALUES(1003,'x1003','x1003','x1003','x1003','2024-04-27','2024-04-27','废止','2024-04-27','x1003',1,'x1003','2024-04-27','x1003');
CREATE TABLE qa_pair (
	id INTEGER NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	field VARCHAR(32) NOT NULL, 
	unit_id INTEGER NOT NULL, 
	question_key VARCHAR(64) NOT NULL, 
	status VARCHAR(32) NOT NULL, 
	effective_from DATE NOT NULL, 
	expires_on DATE, 
	current_version_id INTEGER, 
	withdrawn_reason VARCHAR(500), 
	revision INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, origin VARCHAR(32), review_by DATE, draft_version_id INTEGER, submitted_at DATETIME, submitted_by VARCHAR(64), round INTEGER DEFAULT '0' NOT NULL, ground_reason VARCHAR(500), confirmed_on DATE, confirmed_by VARCHAR(64), 
	PRIMARY KEY (id), 
	FOREIGN KEY(unit_id) REFERENCES unit (id), 
	UNIQUE ("key")
);
INSERT INTO "qa_pair" VALUES(1001,'x1001','养老',1001,'x1001','withdrawn','2024-04-25','2024-04-25',1001,'x1001',1001,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1001','2024-04-25',1001,'2026-01-05 02:00:00.000000','x1001',1001,'x1001','2024-04-25','x1001');
INSERT INTO "qa_pair" VALUES(1002,'x1002','医疗',1002,'x1002','draft','2024-04-26','2024-04-26',1002,'x1002',1002,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1002','2024-04-26',1002,'2026-01-05 02:00:00.000000','x1002',1002,'x1002','2024-04-26','x1002');
INSERT INTO "qa_pair" VALUES(1003,'x1003','就业创业',1003,'x1003','published','2024-04-27','2024-04-27',1003,'x1003',1003,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1003','2024-04-27',1003,'2026-01-05 02:00:00.000000','x1003',1003,'x1003','2024-04-27','x1003');
CREATE TABLE qa_version (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	question VARCHAR(200) NOT NULL, 
	answer TEXT NOT NULL, 
	phone_script VARCHAR(200) NOT NULL, 
	keywords JSON NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	author VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, field VARCHAR(32) DEFAULT '' NOT NULL, unit_id INTEGER DEFAULT '0' NOT NULL, effective_from DATE DEFAULT '1970-01-01' NOT NULL, expires_on DATE, review_by DATE, variants JSON DEFAULT '[]' NOT NULL, audience VARCHAR(100) DEFAULT '' NOT NULL, region VARCHAR(100) DEFAULT '' NOT NULL, clarifying JSON DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id), 
	UNIQUE (pair_id, number)
);
INSERT INTO "qa_version" VALUES(1001,1001,1001,'x1001','x1001','x1001','[]','x1001','x1001','2026-01-05 02:00:00.000000','养老',1001,'2024-04-25','2024-04-25','2024-04-25','[]','x1001','x1001','[]');
INSERT INTO "qa_version" VALUES(1002,1002,1002,'x1002','x1002','x1002','[]','x1002','x1002','2026-01-05 02:00:00.000000','医疗',1002,'2024-04-26','2024-04-26','2024-04-26','[]','x1002','x1002','[]');
INSERT INTO "qa_version" VALUES(1003,1003,1003,'x1003','x1003','x1003','[]','x1003','x1003','2026-01-05 02:00:00.000000','就业创业',1003,'2024-04-27','2024-04-27','2024-04-27','[]','x1003','x1003','[]');
CREATE TABLE question_variant (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	text VARCHAR(200) NOT NULL, 
	origin VARCHAR(32) NOT NULL, 
	accepted_by VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id)
);
INSERT INTO "question_variant" VALUES(1001,1001,'x1001','ledger','x1001',1001);
INSERT INTO "question_variant" VALUES(1002,1002,'x1002','author','x1002',1002);
INSERT INTO "question_variant" VALUES(1003,1003,'x1003','operator_choice','x1003',1003);
CREATE TABLE recall (
	id INTEGER NOT NULL, 
	consultation_id VARCHAR(36) NOT NULL, 
	pair_id INTEGER NOT NULL, 
	told_version INTEGER NOT NULL, 
	new_version INTEGER, 
	note TEXT NOT NULL, 
	operator VARCHAR(80) NOT NULL, 
	called_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(consultation_id) REFERENCES consultation (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id)
);
INSERT INTO "recall" VALUES(1001,'x1001',1001,1001,1001,'x1001','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "recall" VALUES(1002,'x1002',1002,1002,1002,'x1002','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "recall" VALUES(1003,'x1003',1003,1003,1003,'x1003','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE reminder (
	id INTEGER NOT NULL, 
	entry_id INTEGER NOT NULL, 
	unit_id INTEGER NOT NULL, 
	occasion VARCHAR(64) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	text TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	superseded BOOLEAN NOT NULL, 
	seen_at DATETIME, 
	seen_by VARCHAR(80), 
	PRIMARY KEY (id), 
	FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	FOREIGN KEY(unit_id) REFERENCES unit (id), 
	UNIQUE (entry_id, occasion)
);
INSERT INTO "reminder" VALUES(1001,1001,1001,'x1001','tomorrow','x1001','2026-01-05 02:00:00.000000',1,'2026-01-05 02:00:00.000000','x1001');
INSERT INTO "reminder" VALUES(1002,1002,1002,'x1002','today','x1002','2026-01-05 02:00:00.000000',1,'2026-01-05 02:00:00.000000','x1002');
INSERT INTO "reminder" VALUES(1003,1003,1003,'x1003','overdue','x1003','2026-01-05 02:00:00.000000',1,'2026-01-05 02:00:00.000000','x1003');
CREATE TABLE review (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	stage VARCHAR(32) NOT NULL, 
	passed BOOLEAN NOT NULL, 
	signer VARCHAR(80) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	signed_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id), 
	FOREIGN KEY(version_id) REFERENCES qa_version (id)
);
INSERT INTO "review" VALUES(1001,1001,1001,1001,'second',1,'x1001','x1001','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "review" VALUES(1002,1002,1002,1002,'final',1,'x1002','x1002','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "review" VALUES(1003,1003,1003,1003,'confidentiality',1,'x1003','x1003','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE rework_task (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	unit_id INTEGER NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	opened_at DATETIME NOT NULL, 
	closed_at DATETIME, 
	closed_by VARCHAR(64), 
	outcome VARCHAR(500), 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id), 
	FOREIGN KEY(unit_id) REFERENCES unit (id)
);
INSERT INTO "rework_task" VALUES(1001,1001,1001,'x1001','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1001','x1001');
INSERT INTO "rework_task" VALUES(1002,1002,1002,'x1002','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1002','x1002');
INSERT INTO "rework_task" VALUES(1003,1003,1003,'x1003','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1003','x1003');
CREATE TABLE sign_in_failure (
	subject VARCHAR(64) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_at DATETIME NOT NULL, 
	blocked_until DATETIME, 
	PRIMARY KEY (subject)
);
INSERT INTO "sign_in_failure" VALUES('x1001',1001,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
INSERT INTO "sign_in_failure" VALUES('x1002',1002,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
INSERT INTO "sign_in_failure" VALUES('x1003',1003,'2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000');
CREATE TABLE suggested_variant (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	text VARCHAR(200) NOT NULL, 
	text_key VARCHAR(64) NOT NULL, 
	times INTEGER NOT NULL, 
	state VARCHAR(32) NOT NULL, 
	decided_by VARCHAR(64), 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(pair_id) REFERENCES qa_pair (id), 
	UNIQUE (pair_id, text_key)
);
INSERT INTO "suggested_variant" VALUES(1001,1001,'x1001','x1001',1001,'declined','x1001','2026-01-05 02:00:00.000000');
INSERT INTO "suggested_variant" VALUES(1002,1002,'x1002','x1002',1002,'open','x1002','2026-01-05 02:00:00.000000');
INSERT INTO "suggested_variant" VALUES(1003,1003,'x1003','x1003',1003,'accepted','x1003','2026-01-05 02:00:00.000000');
CREATE TABLE unit (
	id INTEGER NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	is_default BOOLEAN NOT NULL, email VARCHAR(254), 
	PRIMARY KEY (id), 
	UNIQUE ("key"), 
	UNIQUE (name)
);
INSERT INTO "unit" VALUES(1001,'x1001','x1001',1,'x1001');
INSERT INTO "unit" VALUES(1002,'x1002','x1002',1,'x1002');
INSERT INTO "unit" VALUES(1003,'x1003','x1003',1,'x1003');
CREATE TABLE unit_field (
	field VARCHAR(32) NOT NULL, 
	unit_id INTEGER NOT NULL, 
	PRIMARY KEY (field), 
	FOREIGN KEY(unit_id) REFERENCES unit (id)
);
INSERT INTO "unit_field" VALUES('养老',1001);
INSERT INTO "unit_field" VALUES('医疗',1002);
INSERT INTO "unit_field" VALUES('就业创业',1003);
CREATE TABLE user_account (
	id INTEGER NOT NULL, 
	login VARCHAR(64) NOT NULL, 
	display_name VARCHAR(64) NOT NULL, 
	password_hash VARCHAR(256) NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	roles JSON NOT NULL, 
	created_at DATETIME NOT NULL, unit_id INTEGER REFERENCES unit (id), totp_sealed VARCHAR(256), totp_step INTEGER DEFAULT '0' NOT NULL, role_units JSON DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (login)
);
INSERT INTO "user_account" VALUES(1001,'x1001','x1001','x1001',1,1,'["operator", "editor", "reviewer", "confidentiality", "unit", "supervisor", "admin"]','2026-01-05 02:00:00.000000',1001,'x1001',1001,'{}');
INSERT INTO "user_account" VALUES(1002,'x1002','x1002','x1002',1,1,'["operator", "editor", "reviewer", "confidentiality", "unit", "supervisor", "admin"]','2026-01-05 02:00:00.000000',1002,'x1002',1002,'{}');
INSERT INTO "user_account" VALUES(1003,'x1003','x1003','x1003',1,1,'["operator", "editor", "reviewer", "confidentiality", "unit", "supervisor", "admin"]','2026-01-05 02:00:00.000000',1003,'x1003',1003,'{}');
CREATE TABLE user_session (
	token_hash VARCHAR(64) NOT NULL, 
	user_id INTEGER NOT NULL, 
	csrf_token VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, seen_at DATETIME NOT NULL, awaits_code BOOLEAN NOT NULL, 
	PRIMARY KEY (token_hash), 
	FOREIGN KEY(user_id) REFERENCES user_account (id)
);
INSERT INTO "user_session" VALUES('x1001',1001,'x1001','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000',1);
INSERT INTO "user_session" VALUES('x1002',1002,'x1002','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000',1);
INSERT INTO "user_session" VALUES('x1003',1003,'x1003','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000',1);
CREATE TABLE word_list_version (
	id INTEGER NOT NULL, 
	dictionary TEXT NOT NULL, 
	synonyms TEXT NOT NULL, 
	note VARCHAR(200) NOT NULL, 
	author VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	activated_at DATETIME, 
	activated_by VARCHAR(64), 
	PRIMARY KEY (id)
);
INSERT INTO "word_list_version" VALUES(1001,'x1001','x1001','x1001','x1001','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1001');
INSERT INTO "word_list_version" VALUES(1002,'x1002','x1002','x1002','x1002','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1002');
INSERT INTO "word_list_version" VALUES(1003,'x1003','x1003','x1003','x1003','2026-01-05 02:00:00.000000','2026-01-05 02:00:00.000000','x1003');
CREATE INDEX ix_asker_contact_hash ON asker (contact_hash);
CREATE INDEX ix_asker_purge_on ON asker (purge_on);
CREATE INDEX ix_policy_document_document_number ON policy_document (document_number);
CREATE INDEX ix_consultation_created_at ON consultation (created_at);
CREATE INDEX ix_idempotency_record_created_at ON idempotency_record (created_at);
CREATE INDEX ix_qa_pair_current_version_id ON qa_pair (current_version_id);
CREATE INDEX ix_qa_pair_question_key ON qa_pair (question_key);
CREATE INDEX ix_qa_pair_revision ON qa_pair (revision);
CREATE INDEX ix_qa_pair_status_field ON qa_pair (status, field);
CREATE INDEX ix_qa_pair_unit_id ON qa_pair (unit_id);
CREATE INDEX ix_unit_field_unit_id ON unit_field (unit_id);
CREATE INDEX ix_user_session_expires_at ON user_session (expires_at);
CREATE INDEX ix_user_session_user_id ON user_session (user_id);
CREATE INDEX ix_choice_pair_id ON choice (pair_id);
CREATE INDEX ix_ledger_entry_state_due ON ledger_entry (state, due_on);
CREATE INDEX ix_question_variant_pair_id ON question_variant (pair_id);
CREATE INDEX ix_ledger_event_entry_id ON ledger_event (entry_id);
CREATE INDEX ix_pair_basis_document_id ON pair_basis (document_id);
CREATE INDEX ix_pair_basis_version_id ON pair_basis (version_id);
CREATE INDEX ix_suggested_variant_pair_id ON suggested_variant (pair_id);
CREATE INDEX ix_suggested_variant_state ON suggested_variant (state);
CREATE INDEX ix_ledger_co_unit_unit_id ON ledger_co_unit (unit_id);
CREATE INDEX ix_reminder_unit_seen ON reminder (unit_id, seen_at);
CREATE INDEX ix_recall_consultation_id ON recall (consultation_id);
CREATE INDEX ix_ledger_entry_asker_id ON ledger_entry (asker_id);
CREATE INDEX ix_ledger_entry_joined_to_id ON ledger_entry (joined_to_id);
CREATE INDEX ix_ledger_entry_pair_id ON ledger_entry (pair_id);
CREATE INDEX ix_ledger_entry_received_at ON ledger_entry (received_at);
CREATE INDEX ix_ledger_entry_board ON ledger_entry (unit_id, state, due_on, informed_at);
CREATE INDEX ix_qa_pair_origin ON qa_pair (origin);
CREATE TRIGGER ledger_event_kept BEFORE DELETE ON ledger_event BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END;
CREATE TRIGGER ledger_event_unchanged BEFORE UPDATE ON ledger_event BEGIN SELECT RAISE(ABORT, 'ledger_event is append-only'); END;
CREATE INDEX ix_qa_pair_review_by ON qa_pair (review_by);
CREATE INDEX ix_qa_pair_submitted_at ON qa_pair (submitted_at);
CREATE INDEX ix_review_pair_id ON review (pair_id);
CREATE TRIGGER review_kept BEFORE DELETE ON review BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;
CREATE TRIGGER review_unchanged BEFORE UPDATE ON review BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;
CREATE INDEX ix_policy_article_document_id ON policy_article (document_id);
CREATE INDEX ix_rework_task_pair_id ON rework_task (pair_id);
CREATE INDEX ix_rework_task_unit_id ON rework_task (unit_id);
CREATE INDEX ix_media_pair_id ON media (pair_id);
CREATE INDEX ix_media_checksum ON media (checksum);
CREATE INDEX ix_sign_in_failure_last_at ON sign_in_failure (last_at);
CREATE INDEX ix_audit_event_occurred_at ON audit_event (occurred_at);
CREATE INDEX ix_audit_event_actor ON audit_event (actor);
CREATE INDEX ix_audit_event_action ON audit_event (action);
CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_unchanged BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE INDEX ix_pair_change_pair_id ON pair_change (pair_id);
CREATE INDEX ix_delivery_attempt_event_id ON delivery_attempt (event_id);
CREATE INDEX ix_outbox_event_next_at ON outbox_event (next_at);
CREATE INDEX ix_outbox_event_subject ON outbox_event (destination, subject, id);
COMMIT;

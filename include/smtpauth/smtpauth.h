/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SMTPAUTH_H
#define SMTPAUTH_SMTPAUTH_H

/* All parts at once. Each header also stands alone. */

#include <smtpauth/advice.h>
#include <smtpauth/client.h>
#include <smtpauth/client_config.h>
#include <smtpauth/command.h>
#include <smtpauth/engine.h>
#include <smtpauth/policy.h>
#include <smtpauth/proxy.h>
#include <smtpauth/reason.h>
#include <smtpauth/reply.h>
#include <smtpauth/sasl.h>
#include <smtpauth/server.h>
#include <smtpauth/text.h>
#include <smtpauth/tracker.h>
#include <smtpauth/types.h>

#endif

/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Numbers as grammars write them: decimal digits without zeros in front. */

#include "internal/text.h"

size_t smtpa_decimal(uint64_t n, uint8_t digits[SMTPA_DECIMAL_MAX])
{
    size_t len = 1;
    for (uint64_t rest = n; rest >= 10; rest /= 10)
        len++;
    for (size_t at = len; at > 0; n /= 10)
        digits[--at] = (uint8_t)('0' + n % 10);
    return len;
}

# Rank statistics of airquality: ties and missing values.
source("common.R")
air <- data_set("airquality")
five_eight <- air[air$Month %in% c(5, 8), ]

# DeLong's standard error of the area under the curve, from placements.
delong <- function(score, case) {
	there <- !is.na(score) & !is.na(case)
	x <- score[there & case]
	y <- score[there & !case]
	wins <- outer(x, y, function(a, b) (a > b) + 0.5 * (a == b))
	a <- mean(wins)
	se <- sqrt(var(rowMeans(wins)) / length(x) + var(colMeans(wins)) / length(y))
	list(estimate = a, std_error = se, conf_low = max(a - qnorm(0.975) * se, 0), conf_high = min(a + qnorm(0.975) * se, 1))
}

reference("ozone_august", tidy_test(wilcox.test(Ozone ~ Month == 8, data = air, exact = FALSE)))
reference("wind_ozone_there", tidy_test(wilcox.test(air$Wind[is.na(air$Ozone)], air$Wind[!is.na(air$Ozone)], exact = FALSE)))
reference("all_equal", list(statistic = unname(wilcox.test(air$Month * 0 ~ air$Month == 8, exact = FALSE)$statistic), p_value = NA))
reference("one_empty", list(statistic = NA, p_value = NA))
reference("ozone_month", tidy_test(kruskal.test(Ozone ~ Month, data = air)))
reference("wind_month", tidy_test(kruskal.test(Wind ~ Month, data = air)))
reference("temp_two", tidy_test(kruskal.test(Temp ~ Month, data = five_eight)))
reference("ozone_solar", c(tidy_test(cor.test(~ Ozone + Solar.R, data = air, method = "spearman", exact = FALSE), NULL), nobs = sum(complete.cases(air$Ozone, air$Solar.R))))
reference("rho_wind_temp", unname(cor.test(~ Wind + Temp, data = air, method = "spearman", exact = FALSE)$estimate))
reference("constant", list(estimate = NA, statistic = NA, p_value = NA, nobs = nrow(air)))
reference("auc_ozone", delong(air$Ozone, air$Month == 8))
reference("auc_wind", delong(air$Wind, is.na(air$Ozone)))
reference("three_rows", c(tidy_test(cor.test(1:3, 3:1, method = "spearman", exact = FALSE), -1), nobs = 3))
write_reference()
